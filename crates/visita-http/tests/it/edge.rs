//! What holds for every request: headers, hosts, errors, limits, and the SPA's files.

use std::borrow::Cow;
use std::sync::Arc;

use actix_web::{HttpResponse, web};
use reqwest::{Method, StatusCode};
use serde_json::json;
use visita_http::Limits;
use visita_http::assets::Assets;
use visita_http::matrix::{ACTORS, rows};
use visita_testkit::TestDb;
use visita_wire::config::ConfigView;
use visita_wire::routes;

use crate::harness::{Answer, Setup, TestApp, on_both};
use crate::matrix::World;

on_both!(
    r15_reads_change_nothing_but_the_trail,
    r60_nothing_that_a_caller_sees_is_kept_by_a_cache,
);

on_both!(db;
    r13_every_answer_has_every_header_and_errors_are_problems,
    r60_the_spa_is_served_for_pages_and_nothing_else,
);

pub const INDEX: &str = "<!DOCTYPE html><script type=\"module\">boot()</script>";
pub const SCRIPT: &str = "frontend-0123456789abcdef.js";

struct TestSpa;

impl Assets for TestSpa {
    fn get(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        let bytes: &[u8] = match name {
            "index.html" => INDEX.as_bytes(),
            "frontend-0123456789abcdef.js" => b"plain script",
            "frontend-0123456789abcdef.js.br" => b"packed script",
            "icons.svg" => b"<svg/>",
            _ => return None,
        };
        Some(Cow::Borrowed(bytes))
    }
}

pub fn with_spa() -> Setup {
    Setup {
        assets: Arc::new(TestSpa),
        extra: |config| {
            config.route("/boom", web::get().to(boom));
            config.route("/stuck", web::get().to(stuck));
        },
        limits: Limits {
            handler_secs: 1,
            ..Limits::default()
        },
        ..Setup::default()
    }
}

async fn boom() -> HttpResponse {
    panic!("a defect with a canary in its text")
}

async fn stuck() -> HttpResponse {
    std::future::pending().await
}

#[track_caller]
fn has_every_header(answer: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-robots-tag", "noindex"),
    ] {
        assert_eq!(answer.header(name), value, "{answer:?}");
    }
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(
        answer
            .header("permissions-policy")
            .contains("geolocation=()")
    );
    assert!(!answer.header("cache-control").is_empty());
    assert_eq!(answer.header("x-request-id").len(), 36);
    assert!(!answer.headers.contains_key("server"));
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
}

async fn r13_every_answer_has_every_header_and_errors_are_problems(db: TestDb) {
    let app = TestApp::with(db, with_spa()).await;
    let (ana, anonymous) = (app.patient("ana").await, app.anonymous());
    let huge = json!({ "email": "a@example.org", "password": "x".repeat(70_000) });
    let foreign = anonymous
        .request(Method::GET, routes::ME)
        .header("host", "evil.example");
    let form = anonymous
        .request(Method::POST, routes::LOGIN)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("email=a&password=b");
    let text = anonymous.request(Method::POST, routes::LOGIN).body("{}");
    let broken = anonymous
        .request(Method::POST, routes::LOGIN)
        .header("content-type", "application/json")
        .body("{\"email\": \"canary");
    for (answer, problem) in [
        (ana.get(routes::ME).await, None),
        (anonymous.get("/health/live").await, None),
        (anonymous.get("/health/ready").await, None),
        (anonymous.get("/openapi.json").await, None),
        (anonymous.get("/docs/").await, None),
        (anonymous.get("/docs").await, None),
        (
            anonymous.get(routes::ME).await,
            Some((401, "unauthenticated")),
        ),
        (
            anonymous.get("/api/v1/nothing").await,
            Some((404, "not_found")),
        ),
        (anonymous.get("/api/v2/me").await, Some((404, "not_found"))),
        (
            ana.get("/api/v1/appointments/no-uuid").await,
            Some((404, "not_found")),
        ),
        (
            ana.delete(routes::ME).await,
            Some((405, "method_not_allowed")),
        ),
        (
            anonymous.post(routes::LOGIN, &huge).await,
            Some((413, "too_large")),
        ),
        (form.send().await, Some((400, "malformed_request"))),
        (text.send().await, Some((400, "malformed_request"))),
        (broken.send().await, Some((400, "malformed_request"))),
        (foreign.send().await, Some((421, "misdirected"))),
        (anonymous.get("/boom").await, Some((500, "internal"))),
        (anonymous.get("/stuck").await, Some((503, "unavailable"))),
        (anonymous.get(&format!("/{SCRIPT}")).await, None),
    ] {
        has_every_header(&answer);
        assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
        match problem {
            Some((status, code)) => drop(answer.problem(status, code)),
            None => assert!(!answer.status.is_client_error() && !answer.status.is_server_error()),
        }
    }
    // The process lives on after a panic.
    ana.get(routes::ME).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn methods_that_a_path_lacks_are_named() {
    let app = TestApp::new().await;
    let anonymous = app.anonymous();
    let answer = anonymous
        .delete(routes::ME)
        .await
        .problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET, PATCH");
    for method in [Method::TRACE, Method::OPTIONS, Method::PUT, Method::HEAD] {
        let answer = anonymous
            .request(method.clone(), routes::LOGIN)
            .send()
            .await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.header("allow"), "POST");
    }
}

async fn r60_nothing_that_a_caller_sees_is_kept_by_a_cache(app: TestApp) {
    let world = World::new(app).await;
    let mut looked_at = 0;
    for row in rows().unwrap() {
        if row.method != "GET" {
            continue;
        }
        for actor in ACTORS {
            let answer = world.ask(&row, actor).await;
            let told = format!("{} by {actor}", row.operation);
            let kept = answer.header("cache-control");
            assert!(
                kept.split(", ").any(|one| one == "no-store"),
                "{told}: {kept}"
            );
            // Nor is it told apart by a header that a cache does not know of.
            assert!(
                !answer.headers.contains_key("etag") || kept.contains("no-store"),
                "{told}"
            );
            looked_at += 1;
        }
    }
    assert!(looked_at > 200, "{looked_at}");
}

async fn r60_the_spa_is_served_for_pages_and_nothing_else(db: TestDb) {
    let app = TestApp::with(db, with_spa()).await;
    let anonymous = app.anonymous();
    let page = |path: &str| {
        anonymous
            .request(Method::GET, path)
            .header("accept", "text/html,*/*")
    };
    for path in [
        "/",
        "/login",
        "/appointments/0197a3c2-6f5e-7c3a-9d1b-2f8e4a6b0c1d",
        "/index.html",
    ] {
        let answer = page(path).send().await;
        if path == "/index.html" {
            answer.problem(404, "not_found");
            continue;
        }
        let answer = answer.expect(StatusCode::OK);
        assert_eq!(answer.bytes, INDEX.as_bytes(), "{path}");
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        let policy = answer.header("content-security-policy");
        // SHA-256 of `boot()`.
        assert!(
            policy.contains("'sha256-MeZS89WlF0u+o0hCvHTBt4q1WHU+U+sJKgbdRUc36mY='"),
            "{policy}"
        );
        let known = page(path)
            .header("if-none-match", answer.header("etag"))
            .send()
            .await;
        known.expect(StatusCode::NOT_MODIFIED);
    }
    let plain = anonymous.get("/").await.expect(StatusCode::OK);
    assert_eq!(plain.bytes, INDEX.as_bytes(), "whatever type is asked for");
    for path in [
        "/x.css",
        "/api/v1/me/x.css",
        "/api/v1/unknown",
        "/api",
        "/../Cargo.toml",
        "/a.b/c.d",
    ] {
        page(path).send().await.problem(404, "not_found");
    }
    // Scripts ask for anything, and get no page for what does not exist.
    anonymous
        .request(Method::GET, "/login")
        .header("accept", "*/*")
        .send()
        .await
        .problem(404, "not_found");
    anonymous
        .request(Method::POST, "/login")
        .send()
        .await
        .problem(404, "not_found");
    let script = anonymous
        .get(&format!("/{SCRIPT}"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(script.bytes, b"plain script");
    assert_eq!(
        script.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        script.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    let packed = anonymous
        .request(Method::GET, &format!("/{SCRIPT}"))
        .header("accept-encoding", "gzip, br");
    let packed = packed.send().await.expect(StatusCode::OK);
    assert_eq!(packed.bytes, b"packed script");
    assert_eq!(packed.header("content-encoding"), "br");
    assert_eq!(packed.header("vary"), "accept-encoding");
    anonymous
        .get(&format!("/{SCRIPT}.br"))
        .await
        .problem(404, "not_found");
    assert_eq!(
        anonymous.get("/icons.svg").await.header("cache-control"),
        "no-cache"
    );
}

#[tokio::test]
async fn r14_the_docs_have_a_policy_of_their_own() {
    let app = TestApp::new().await;
    let docs = app.anonymous().get("/docs/").await.expect(StatusCode::OK);
    assert!(
        docs.header("content-security-policy")
            .contains("style-src 'self' 'unsafe-inline'")
    );
    assert!(String::from_utf8_lossy(&docs.bytes).contains("swagger-ui"));
    let start = app
        .anonymous()
        .get("/docs/swagger-initializer.js")
        .await
        .expect(StatusCode::OK);
    assert!(String::from_utf8_lossy(&start.bytes).contains("/openapi.json"));
    let elsewhere = app.anonymous().get(routes::CONFIG).await;
    assert!(
        !elsewhere
            .header("content-security-policy")
            .contains("unsafe-inline")
    );
}

#[tokio::test]
async fn r58_the_public_configuration_tells_nothing_private() {
    let app = TestApp::new().await;
    let view: ConfigView = app
        .anonymous()
        .get(routes::CONFIG)
        .await
        .expect(StatusCode::OK)
        .json();
    assert!(!view.demo && view.demo_accounts.is_empty());
    assert_eq!(view.min_password_chars, 15);
}

async fn r15_reads_change_nothing_but_the_trail(app: TestApp) {
    let world = World::new(app).await;
    let mut reads = Vec::new();
    for row in rows().unwrap() {
        // A refused upgrade is no read; its good form is a socket's.
        if row.method != "GET" || row.operation == "open_socket" {
            continue;
        }
        for actor in ACTORS {
            let caller = world.people[actor].clone();
            let (path, _) = world.plain(&row.operation, &caller).await;
            reads.push((caller, path.unwrap_or_else(|| row.path.clone())));
        }
    }
    let rest = || {
        // What became of a mail is written down when it has gone.
        let tables = world.app.tables().into_iter();
        let rest = tables.filter(|name| !name.starts_with("audit_") && name != "mails");
        rest.map(|name| format!("{name}: {}", world.app.dump(&name)))
            .collect::<Vec<_>>()
    };
    let (before, trail) = (rest(), world.app.dump("audit_events"));
    let mut answered = 0;
    for (caller, path) in &reads {
        for tricky in ["", "?_method=DELETE", "?method=POST"] {
            let tricky = match path.contains('?') {
                true => tricky.replace('?', "&"),
                false => tricky.to_owned(),
            };
            let answer = caller
                .request(Method::GET, &format!("{path}{tricky}"))
                .header("x-http-method-override", "DELETE")
                .send()
                .await;
            answered += usize::from(answer.status == StatusCode::OK);
        }
    }
    assert!(answered > 100, "{answered}");
    assert_eq!(before, rest());
    assert_ne!(trail, world.app.dump("audit_events"));
}
