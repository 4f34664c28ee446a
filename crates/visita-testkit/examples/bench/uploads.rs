//! One gibibyte through the upload.

use bytes::Bytes;
use visita_domain::document::MediaType;
use visita_wire::documents::{AnnounceDocument, DocumentView};
use visita_wire::routes;

use crate::api::Caller;
use crate::server::Server;
use crate::table::Table;

const CHUNK: usize = 64 * 1024;
const CHUNKS: usize = 16 * 1024;

pub async fn measure(table: &mut Table) {
    let server = Server::start(&["--demo", "--max-document-mb", "1100"]).await;
    let patient = Caller::login(&server.url, "patient@demo.visita.test").await;
    let announce = AnnounceDocument {
        patient_id: None,
        appointment_id: None,
        name: "large.pdf".to_owned(),
        media_type: MediaType::Pdf,
        size: (CHUNK * CHUNKS) as i64,
    };
    let answer = patient
        .post(routes::DOCUMENTS)
        .header("idempotency-key", "large")
        .json(&announce)
        .send()
        .await
        .unwrap();
    let document: DocumentView = answer.json().await.unwrap();
    let before = server.rss_kib();
    let mut highest = before;
    let chunks = (0..CHUNKS).map(|number| {
        let mut chunk = vec![b'\n'; CHUNK];
        if number == 0 {
            chunk[..9].copy_from_slice(b"%PDF-1.7\n");
        }
        Ok::<_, std::io::Error>(Bytes::from(chunk))
    });
    let upload = patient
        .put(&routes::document_content(document.id))
        .header("content-type", "application/pdf")
        .body(reqwest::Body::wrap_stream(futures_util::stream::iter(
            chunks,
        )))
        .send();
    tokio::pin!(upload);
    let status = loop {
        tokio::select! {
            answer = &mut upload => break answer.unwrap().status(),
            () = tokio::time::sleep(std::time::Duration::from_millis(20)) => highest = highest.max(server.rss_kib()),
        }
    };
    let stored = std::fs::read_dir(server.dir()).is_ok();
    let growth = highest.saturating_sub(before) as f64 / 1024.0;
    table.add(
        "upload of 1 GiB, growth of RSS",
        "≤ 32 MiB",
        format!("{growth:.1} MiB, answered {status}"),
        growth <= 32.0 && status.is_success() && stored,
    );
}
