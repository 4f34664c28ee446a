//! Documents: who may do what with them, and what is refused.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;
use visita_domain::document::{DocumentState, MAX_DOCUMENT_BYTES};
use visita_domain::people::Role;
use visita_domain::{DocumentId, PatientId};
use visita_wire::documents::DocumentView;
use visita_wire::{Page, routes};

use crate::harness::{Answer, Person, TestApp, on_both};

on_both!(
    a_document_reaches_those_who_treat_the_patient_and_nobody_else,
    of_two_uploads_at_once_one_wins_whole,
    a_document_can_be_taken_back_by_its_uploader_alone,
);

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

/// A PDF by its first bytes, of that length.
fn pdf(length: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n".to_vec();
    bytes.resize(length, b' ');
    bytes
}

fn announcement(name: &str, media_type: &str, size: usize) -> Value {
    json!({ "name": name, "media_type": media_type, "size": size })
}

async fn announce(person: &Person, size: usize) -> DocumentView {
    let body = announcement("results.pdf", "application/pdf", size);
    let answer = person.post(routes::DOCUMENTS, &body).await;
    answer.expect(StatusCode::CREATED).json()
}

async fn send(person: &Person, id: DocumentId, content: Vec<u8>) -> Answer {
    let path = routes::document_content(id);
    person
        .request(Method::PUT, &path)
        .body(content)
        .send()
        .await
}

/// Announces and sends.
async fn upload(person: &Person, content: Vec<u8>) -> DocumentView {
    let announced = announce(person, content.len()).await;
    let answer = send(person, announced.id, content).await;
    answer.expect(StatusCode::OK).json()
}

async fn listed(person: &Person) -> Vec<DocumentId> {
    let answer = person.get(routes::DOCUMENTS).await.expect(StatusCode::OK);
    let page: Page<DocumentView> = answer.json();
    page.items.into_iter().map(|document| document.id).collect()
}

async fn a_document_reaches_those_who_treat_the_patient_and_nobody_else(app: TestApp) {
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    ana.book(&doctor, 60).await;
    let content = pdf(20_000);
    let document = upload(&ana, content.clone()).await;
    assert_eq!(document.patient_id, ana.patient_id());
    assert_eq!(document.state, DocumentState::Stored);
    assert_eq!(document.sha256.as_ref().map(String::len), Some(64));
    for reader in [&ana, &doctor] {
        assert_eq!(listed(reader).await, [document.id]);
        let seen = reader.get(&routes::document(document.id)).await;
        assert!(seen.expect(StatusCode::OK).json::<DocumentView>() == document);
        let opened = reader.get(&routes::document_content(document.id)).await;
        assert_eq!(opened.expect(StatusCode::OK).bytes, content);
    }
    let elsewhere = app.other_hospital("away").await;
    for stranger in [
        app.patient("bob").await,
        app.doctor("otto").await,
        app.staff("sam").await,
        app.person(Role::Doctor, Some(elsewhere), "away").await,
    ] {
        assert_eq!(listed(&stranger).await, []);
        for path in [
            routes::document(document.id),
            routes::document_content(document.id),
        ] {
            stranger.get(&path).await.problem(404, "not_found");
        }
        let path = routes::document(document.id);
        stranger.delete(&path).await.problem(404, "not_found");
        send(&stranger, document.id, pdf(10))
            .await
            .problem(404, "not_found");
    }
    let admin = app.admin("root2").await;
    let path = routes::document_content(document.id);
    admin.get(&path).await.problem(403, "forbidden");
    app.anonymous()
        .get(&path)
        .await
        .problem(401, "unauthenticated");
}

async fn of_two_uploads_at_once_one_wins_whole(app: TestApp) {
    let ana = app.patient("ana").await;
    for round in 0..8 {
        let announced = announce(&ana, 30_000).await;
        let contents = [b'a', b'b'].map(|fill| {
            let mut content = pdf(10);
            content.resize(30_000, fill);
            content
        });
        let (one, two) = tokio::join!(
            send(&ana, announced.id, contents[0].clone()),
            send(&ana, announced.id, contents[1].clone()),
        );
        let won: Vec<_> = [one, two]
            .iter()
            .zip(&contents)
            .filter(|(answer, _)| answer.status == StatusCode::OK)
            .map(|(_, content)| content.clone())
            .collect();
        assert_eq!(won.len(), 1, "round {round}");
        let kept = ana.get(&routes::document_content(announced.id)).await;
        assert!(kept.expect(StatusCode::OK).bytes == won[0], "round {round}");
    }
}

async fn a_document_can_be_taken_back_by_its_uploader_alone(app: TestApp) {
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    ana.book(&doctor, 60).await;
    let document = upload(&ana, pdf(100)).await;
    let path = routes::document(document.id);
    doctor.delete(&path).await.problem(404, "not_found");
    ana.delete(&path).await.expect(StatusCode::NO_CONTENT);
    for gone in [path, routes::document_content(document.id)] {
        ana.get(&gone).await.problem(404, "not_found");
    }
    assert_eq!(listed(&ana).await, []);
}

#[tokio::test]
async fn the_clinic_uploads_for_its_patients_only() {
    let app = TestApp::new().await;
    let (doctor, ana, bob) = (
        app.doctor("dora").await,
        app.patient("ana").await,
        app.patient("bob").await,
    );
    ana.book(&doctor, 60).await;
    let staff = app.staff("sam").await;
    let elsewhere = app.other_hospital("away").await;
    let far = app.person(Role::Patient, Some(elsewhere), "far").await;
    let try_for = async |person: &Person, patient: PatientId| {
        let mut body = announcement("letter.pdf", "application/pdf", 100);
        body["patient_id"] = json!(patient);
        person.post(routes::DOCUMENTS, &body).await
    };
    for uploader in [&doctor, &staff] {
        let announced: DocumentView = try_for(uploader, ana.patient_id())
            .await
            .expect(StatusCode::CREATED)
            .json();
        send(uploader, announced.id, pdf(100))
            .await
            .expect(StatusCode::OK);
        ana.get(&routes::document(announced.id))
            .await
            .expect(StatusCode::OK);
    }
    try_for(&doctor, bob.patient_id())
        .await
        .problem(404, "not_found");
    try_for(&staff, far.patient_id())
        .await
        .problem(404, "not_found");
    try_for(&ana, bob.patient_id())
        .await
        .problem(404, "not_found");
    assert_eq!(listed(&bob).await, []);
}

#[tokio::test]
async fn files_that_are_not_what_they_say_are_refused() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    for (name, media_type, code) in [
        ("tool.exe", "application/pdf", "unsupported_file"),
        ("scan.pdf.html", "application/pdf", "unsupported_file"),
        ("scan.png", "application/pdf", "disguised_file"),
    ] {
        let body = announcement(name, media_type, 100);
        ana.post(routes::DOCUMENTS, &body).await.problem(415, code);
    }
    let body = announcement("page.html", "text/html", 100);
    ana.post(routes::DOCUMENTS, &body)
        .await
        .problem(422, "validation_failed");
    for content in [
        PNG,
        b"<!doctype html><script>1</script>",
        b"PK\x03\x04\x14\0",
        b"MZ\x90\0",
    ] {
        let announced = announce(&ana, content.len()).await;
        send(&ana, announced.id, content.to_vec())
            .await
            .problem(415, "disguised_file");
        let path = routes::document_content(announced.id);
        ana.get(&path).await.problem(409, "wrong_document_state");
    }
    assert_eq!(listed(&ana).await, []);
}

#[tokio::test]
async fn sizes_are_enforced_by_counting() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let most = usize::try_from(MAX_DOCUMENT_BYTES).unwrap();
    for (size, status, code) in [(0, 422, "validation_failed"), (most + 1, 413, "too_large")] {
        let body = announcement("a.pdf", "application/pdf", size);
        ana.post(routes::DOCUMENTS, &body)
            .await
            .problem(status, code);
    }
    let announced = announce(&ana, 1000).await;
    send(&ana, announced.id, pdf(1001))
        .await
        .problem(413, "too_large");
    send(&ana, announced.id, pdf(999))
        .await
        .problem(400, "malformed_request");
    send(&ana, announced.id, Vec::new())
        .await
        .problem(400, "malformed_request");
    // None of it counts: the right content is still welcome, once.
    send(&ana, announced.id, pdf(1000))
        .await
        .expect(StatusCode::OK);
    send(&ana, announced.id, pdf(1000))
        .await
        .problem(409, "wrong_document_state");
    send(&ana, DocumentId::new(Uuid::nil()), pdf(10))
        .await
        .problem(404, "not_found");
}

/// Head of a raw upload, and the headers that describe its body.
async fn raw_upload(app: &TestApp, person: &Person, id: DocumentId, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.addr).await.unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n{body}\r\n\r\n",
        routes::document_content(id),
        app.addr,
        person.token.as_deref().unwrap(),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Sends chunks until the server hangs up, and returns what it said.
async fn send_without_end(stream: TcpStream) -> String {
    let (mut answers, mut body) = stream.into_split();
    let sending = tokio::spawn(async move {
        let chunk = [b"4000\r\n", pdf(16_384).as_slice(), b"\r\n"].concat();
        while body.write_all(&chunk).await.is_ok() {}
    });
    let mut answer = Vec::new();
    // A reset in place of an orderly end is fine once the answer is here.
    let _ = answers.read_to_end(&mut answer).await;
    sending.await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn an_endless_body_is_answered_and_cut_off() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let announced = announce(&ana, 100_000).await;
    let endless = "Transfer-Encoding: chunked";
    let stream = raw_upload(&app, &ana, announced.id, endless).await;
    let text = send_without_end(stream).await;
    assert!(text.starts_with("HTTP/1.1 413 "), "{text}");
    assert!(text.to_lowercase().contains("connection: close"), "{text}");
    send(&ana, announced.id, pdf(100_000))
        .await
        .expect(StatusCode::OK);
    // A stranger does not get that far.
    let mut stranger = app.anonymous();
    stranger.token = Some("no token".to_owned());
    let stream = raw_upload(&app, &stranger, announced.id, endless).await;
    let text = send_without_end(stream).await;
    assert!(text.starts_with("HTTP/1.1 401 "), "{text}");
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_the_document_waiting() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let announced = announce(&ana, 100_000).await;
    let mut stream = raw_upload(&app, &ana, announced.id, "Content-Length: 100000").await;
    stream.write_all(&pdf(50_000)).await.unwrap();
    drop(stream);
    let seen = ana.get(&routes::document(announced.id)).await;
    assert_eq!(seen.json::<DocumentView>().state, DocumentState::Pending);
    send(&ana, announced.id, pdf(100_000))
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn a_download_can_be_saved_and_nothing_else() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let document = upload(&ana, pdf(5000)).await;
    let answer = ana.get(&routes::document_content(document.id)).await;
    for (name, value) in [
        ("content-type", "application/pdf"),
        ("content-length", "5000"),
        (
            "content-disposition",
            "attachment; filename=\"results.pdf\"; filename*=UTF-8''results.pdf",
        ),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "private, no-store"),
    ] {
        assert_eq!(answer.header(name), value);
    }
}

#[tokio::test]
async fn names_lose_what_could_deceive() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let long = format!("{}.pdf", "x".repeat(4000));
    for (name, kept) in [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\scans\\knee.pdf", "knee.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie x=1.pdf"),
        ("invoice\u{202e}fdp.pdf", "invoicefdp.pdf"),
        (long.as_str(), &long[long.len() - 120..]),
    ] {
        let body = announcement(name, "application/pdf", 10);
        let answer = ana.post(routes::DOCUMENTS, &body).await;
        let announced: DocumentView = answer.expect(StatusCode::CREATED).json();
        assert_eq!(announced.name, kept, "{name:?}");
        send(&ana, announced.id, pdf(10))
            .await
            .expect(StatusCode::OK);
        let opened = ana.get(&routes::document_content(announced.id)).await;
        opened.expect(StatusCode::OK).header("content-disposition");
    }
    let body = announcement("nul\0l.pdf", "application/pdf", 10);
    let answer = ana.post(routes::DOCUMENTS, &body).await;
    answer.problem(422, "validation_failed");
}

#[tokio::test]
async fn lists_are_filtered_by_visit_and_paged() {
    let app = TestApp::new().await;
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let visit = ana.book(&doctor, 60).await;
    let mut ids = Vec::new();
    for with_visit in [false, true, true] {
        let mut body = announcement("a.pdf", "application/pdf", 10);
        if with_visit {
            body["appointment_id"] = json!(visit.id);
        }
        let answer = ana.post(routes::DOCUMENTS, &body).await;
        let announced: DocumentView = answer.expect(StatusCode::CREATED).json();
        send(&ana, announced.id, pdf(10))
            .await
            .expect(StatusCode::OK);
        ids.insert(0, announced.id);
        app.clock.advance_secs(1);
    }
    let page = async |query: &str| -> Page<DocumentView> {
        let path = format!("{}?{query}", routes::DOCUMENTS);
        doctor.get(&path).await.expect(StatusCode::OK).json()
    };
    let of = |page: &Page<DocumentView>| -> Vec<DocumentId> {
        page.items.iter().map(|document| document.id).collect()
    };
    let of_visit = page(&format!("appointment_id={}", visit.id)).await;
    assert_eq!(of(&of_visit), ids[..2]);
    let first = page("limit=2").await;
    assert_eq!(of(&first), ids[..2]);
    let next = page(&format!("limit=2&cursor={}", first.next_cursor.unwrap())).await;
    assert_eq!((of(&next), next.next_cursor), (ids[2..].to_vec(), None));
    let unknown = doctor
        .get(&format!("{}?state=pending", routes::DOCUMENTS))
        .await;
    unknown.problem(422, "validation_failed");
}
