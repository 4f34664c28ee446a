//! Documents: announce, upload, list, open, take back.
//!
//! A content is durable before its row says so, and a download says nothing that a
//! browser could take for a page of this site (SECURITY R11, R22-R24).

use actix_web::body::SizedStream;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::document::{Document, DocumentError, MediaType};
use visita_domain::{AppointmentId, DocumentId, PatientId};
use visita_files::{Announced, Content, FilesError, PutError};
use visita_store::documents::{DocumentFilter, NewDocument};
use visita_store::{Ctx, StoreError, documents};
use visita_wire::documents::{AnnounceDocument, DocumentView};
use visita_wire::routes::document as document_path;
use visita_wire::{ErrorCode, Page};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, Once, OnceKey, ValidQuery, can, page_query};
use crate::routes::created;
use crate::state::{AppState, State};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(announce_document)
        .service(upload_document_content)
        .service(list_documents)
        .service(get_document)
        .service(download_document)
        .service(delete_document);
}

/// Which documents to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DocumentListParams {
    /// Only of this patient.
    pub patient_id: Option<PatientId>,
    /// Only of this visit.
    pub appointment_id: Option<AppointmentId>,
    /// Items of one page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 4096)]
    pub cursor: Option<String>,
}

/// The bytes of a file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is used; contents are streams")]
struct FileContent(Vec<u8>);

/// Announce a document
///
/// Names the file before its content is sent. Patients announce for themselves,
/// staff and doctors for a patient they may see.
#[utoipa::path(
    tag = "documents",
    security(("bearer" = [])),
    request_body = AnnounceDocument,
    params(OnceKey),
    extensions(("x-problems" = json!(["unsupported_file", "disguised_file", "not_found"]))),
    responses(
        (status = 201, description = "Announced; send the content next", body = DocumentView),
    )
)]
#[post("/documents")]
async fn announce_document(
    call: Allowed<can::UploadDocument, Once<AnnounceDocument>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, body) = call.input.by(call.ctx);
    if u64::try_from(body.size).map_or(true, |size| size > state.files.max_bytes()) {
        return Err(ErrorCode::TooLarge.into());
    }
    check_name(&body.name, body.media_type)?;
    let new = NewDocument {
        patient_id: body.patient_id,
        appointment_id: body.appointment_id,
        name: body.name,
        media_type: body.media_type,
        size: body.size,
    };
    let document = state
        .store
        .run(move |conn| documents::announce(conn, &ctx, &new))
        .await?;
    let view = convert::document(document);
    Ok(created(document_path(view.id), &view))
}

/// What the name promises can be checked before any content is sent.
fn check_name(name: &str, declared: MediaType) -> Result<(), ApiError> {
    visita_domain::document::check_type(name, declared, Some(declared)).map_err(ApiError::from)
}

/// Send a document's content
///
/// The raw bytes. Only who announced the document may send them, once. The content
/// must have the announced size and be of the announced kind.
#[utoipa::path(
    tag = "documents",
    security(("bearer" = [])),
    params(("id" = DocumentId, Path, description = "The document")),
    request_body(content = FileContent, content_type = "application/octet-stream"),
    extensions(("x-problems" = json!(["wrong_document_state", "disguised_file"]))),
    responses(
        (status = 200, description = "Stored and durable", body = DocumentView),
    )
)]
#[put("/documents/{id}/content")]
async fn upload_document_content(
    call: Allowed<can::UploadDocument, (Id<DocumentId>, Payload)>,
    request: HttpRequest,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, (Id(id), body)) = (call.ctx, call.input);
    let document = take_content(&state, ctx, id, &request, body).await?;
    Ok(HttpResponse::Ok().json(convert::document(document)))
}

async fn take_content(
    state: &AppState,
    ctx: Ctx,
    id: DocumentId,
    request: &HttpRequest,
    body: Payload,
) -> Result<Document, ApiError> {
    let document = state
        .store
        .run(move |conn| documents::for_upload(conn, &ctx, id))
        .await?;
    let size = u64::try_from(document.size)
        .map_err(|error| ApiError::internal("size of a document", &error))?;
    if content_length(request).is_some_and(|length| length > size) {
        return Err(ErrorCode::TooLarge.into());
    }
    let announced = Announced {
        id,
        name: &document.name,
        media_type: document.media_type,
        size,
    };
    let content = state.files.put(announced, body).await?;
    keep(state, ctx, id, content).await
}

fn content_length(request: &HttpRequest) -> Option<u64> {
    let header = request.headers().get(CONTENT_LENGTH)?;
    header.to_str().ok()?.parse().ok()
}

/// Writes into the row that the content is there. Of two uploads at once, the first wins.
async fn keep(
    state: &AppState,
    ctx: Ctx,
    id: DocumentId,
    content: Content,
) -> Result<Document, ApiError> {
    let size = i64::try_from(content.size)
        .map_err(|error| ApiError::internal("size of a content", &error))?;
    let sha256 = content.sha256.clone();
    let stored = state
        .store
        .run(move |conn| documents::mark_stored(conn, &ctx, id, size, &sha256))
        .await;
    // After any other failure nobody knows whether the row was written: the object stays.
    if let Err(StoreError::WrongDocumentState | StoreError::NotFound) = &stored {
        drop_loser(state, ctx, id, &content.sha256).await?;
    }
    Ok(stored?)
}

async fn drop_loser(
    state: &AppState,
    ctx: Ctx,
    id: DocumentId,
    sha256: &str,
) -> Result<(), ApiError> {
    let winner = state
        .store
        .run(move |conn| documents::get(conn, &ctx, id))
        .await;
    let same = match winner {
        Ok(document) => document.sha256.as_deref() == Some(sha256),
        Err(StoreError::NotFound) => false,
        Err(error) => return Err(error.into()),
    };
    if !same {
        state.files.remove(id, sha256).await?;
    }
    Ok(())
}

/// List documents
///
/// Those the caller may read, the newest first. Staff see their own uploads only.
#[utoipa::path(
    tag = "documents",
    security(("bearer" = [])),
    params(DocumentListParams),
    responses(
        (status = 200, description = "One page", body = Page<DocumentView>),
    )
)]
#[get("/documents")]
async fn list_documents(
    call: Allowed<can::ListDocuments, ValidQuery<DocumentListParams>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, ValidQuery(query)) = (call.ctx, call.input);
    let filter = DocumentFilter {
        patient_id: query.patient_id,
        appointment_id: query.appointment_id,
    };
    let page = page_query(&state.keys, query.limit, query.cursor)?;
    let found = state
        .store
        .run(move |conn| documents::list(conn, &ctx, &filter, &page))
        .await?;
    Ok(HttpResponse::Ok().json(convert::page(&state.keys, found, convert::document)?))
}

/// See a document's particulars
#[utoipa::path(
    tag = "documents",
    security(("bearer" = [])),
    params(("id" = DocumentId, Path, description = "The document")),
    responses(
        (status = 200, description = "The document", body = DocumentView),
    )
)]
#[get("/documents/{id}")]
async fn get_document(
    call: Allowed<can::ReadDocument, Id<DocumentId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, Id(id)) = (call.ctx, call.input);
    let document = state
        .store
        .run(move |conn| documents::get(conn, &ctx, id))
        .await?;
    Ok(HttpResponse::Ok().json(convert::document(document)))
}

/// Open a document
///
/// The content as an attachment. Every download is audited.
#[utoipa::path(
    tag = "documents",
    security(("bearer" = [])),
    params(("id" = DocumentId, Path, description = "The document")),
    extensions(("x-problems" = json!(["wrong_document_state"]))),
    responses(
        (status = 200, description = "The content", content(
            (FileContent = "application/pdf"), (FileContent = "image/jpeg"), (FileContent = "image/png"),
        )),
    )
)]
#[get("/documents/{id}/content")]
async fn download_document(
    call: Allowed<can::ReadDocument, Id<DocumentId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, Id(id)) = (call.ctx, call.input);
    let document = state
        .store
        .run(move |conn| documents::for_download(conn, &ctx, id))
        .await?;
    let sha256 = document
        .sha256
        .as_deref()
        .ok_or(ErrorCode::WrongDocumentState)?;
    let content = state.files.open(id, sha256).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, document.media_type.as_str()))
        .insert_header((CONTENT_DISPOSITION, disposition(&document.name)))
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .body(SizedStream::new(content.size, content.body)))
}

/// `attachment` with the name in both forms of RFC 6266: plain for old programs, UTF-8 for the rest.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || " ._-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let encoded: String = name
        .bytes()
        .map(|byte| {
            // `attr-char` of RFC 5987 §3.2.1.
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// Take a document back
///
/// Only who uploaded it may.
#[utoipa::path(
    tag = "documents",
    security(("bearer" = [])),
    params(("id" = DocumentId, Path, description = "The document")),
    responses(
        (status = 204, description = "Gone"),
    )
)]
#[delete("/documents/{id}")]
async fn delete_document(
    call: Allowed<can::DeleteDocument, Id<DocumentId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, Id(id)) = (call.ctx, call.input);
    let document = state
        .store
        .run(move |conn| documents::delete(conn, &ctx, id))
        .await?;
    if let Some(sha256) = &document.sha256 {
        // The row is gone, which is what counts; an object left behind is unreachable.
        if let Err(error) = state.files.remove(id, sha256).await {
            tracing::error!(document.id = %id, %error, "Could not remove the content of a deleted document");
        }
    }
    Ok(HttpResponse::NoContent().finish())
}

impl From<DocumentError> for ApiError {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::UnsupportedType => ErrorCode::UnsupportedFile.into(),
            DocumentError::Disguised => ErrorCode::DisguisedFile.into(),
            DocumentError::TooLarge => ErrorCode::TooLarge.into(),
            DocumentError::Empty => {
                Self::with_detail(ErrorCode::MalformedRequest, "The file is empty.")
            }
        }
    }
}

impl From<FilesError> for ApiError {
    fn from(error: FilesError) -> Self {
        match error {
            // A row without its object is a defect that somebody must look at.
            FilesError::Missing => Self::internal("content of a document", &error),
            FilesError::Folder(_) | FilesError::Storage(_) => {
                tracing::error!(%error, "Could not reach the documents");
                ErrorCode::Unavailable.into()
            }
        }
    }
}

impl From<PutError> for ApiError {
    fn from(error: PutError) -> Self {
        let malformed = |detail| Self::with_detail(ErrorCode::MalformedRequest, detail);
        match error {
            PutError::Refused(refused) => refused.into(),
            PutError::Short => malformed("The content is shorter than announced."),
            PutError::Slow => malformed("The content came too slowly."),
            PutError::Broken => malformed("The content broke off."),
            PutError::Files(failed) => failed.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn names_are_quoted_for_every_reader() {
        for (name, header) in [
            (
                "scan 1.pdf",
                "attachment; filename=\"scan 1.pdf\"; filename*=UTF-8''scan%201.pdf",
            ),
            (
                "résumé\".pdf",
                "attachment; filename=\"r_sum__.pdf\"; filename*=UTF-8''r%C3%A9sum%C3%A9%22.pdf",
            ),
            (
                "a\r\nb;c.png",
                "attachment; filename=\"a__b_c.png\"; filename*=UTF-8''a%0D%0Ab%3Bc.png",
            ),
        ] {
            assert_eq!(disposition(name), header);
        }
    }
}
