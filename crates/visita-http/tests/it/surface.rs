//! What the server shows to whoever looks at it from outside (SECURITY R12, R16, R18, R58, R62, R66).

use actix_web::{HttpResponse, web};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use visita_testkit::TestDb;
use visita_wire::routes;

use crate::harness::{PASSWORD, Setup, TestApp, on_both};

on_both!(
    r12_every_cookie_is_host_bound_and_out_of_reach_of_scripts,
    r62_no_column_is_set_from_outside,
);

on_both!(db;
    r66_a_defect_is_told_in_general_words_and_the_server_lives,
);

async fn r12_every_cookie_is_host_bound_and_out_of_reach_of_scripts(app: TestApp) {
    let ana = app.patient("ana").await;
    let body = json!({ "email": ana.email, "password": PASSWORD });
    let answer = app.anonymous().post(routes::LOGIN, &body).await;
    let cookies: Vec<&str> = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    for cookie in cookies {
        assert!(
            cookie.starts_with("__Host-rt=") || cookie.starts_with("__Host-dev="),
            "{cookie}"
        );
        for attribute in ["; HttpOnly", "; Secure", "; SameSite=Strict", "; Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[tokio::test]
async fn r18_plain_http_is_refused_and_never_redirected() {
    let behind = |trusted_proxies| Setup {
        tls: true,
        trusted_proxies,
        ..Setup::default()
    };
    let ask = async |app: &TestApp, method: &Method, path: &str, said: Option<&str>| {
        let mut request = app.anonymous().request(method.clone(), path);
        if let Some(said) = said {
            request = request.header("x-forwarded-proto", said);
        }
        request.send().await
    };
    let proxied = TestApp::with(TestDb::sqlite(), behind(vec!["127.0.0.0/8"])).await;
    let around = TestApp::with(TestDb::sqlite(), behind(vec!["192.0.2.0/24"])).await;
    for (method, path) in [
        (Method::GET, routes::ME),
        (Method::POST, routes::LOGIN),
        (Method::POST, routes::REFRESH),
        (Method::GET, routes::WS),
        (Method::GET, "/api/v1/nothing"),
        (Method::GET, "/openapi.json"),
        // Over https this one is a redirect.
        (Method::GET, "/docs"),
        (Method::GET, "/login"),
    ] {
        for (app, said) in [
            (&proxied, Some("http")),
            (&proxied, Some("https, http")),
            (&around, None),
            (&around, Some("https")),
        ] {
            let answer = ask(app, &method, path, said).await;
            let answer = answer.problem(400, "tls_required");
            for name in ["location", "set-cookie"] {
                assert!(
                    !answer.headers.contains_key(name),
                    "{path} {said:?}: {name}"
                );
            }
        }
        for said in [Some("https"), None] {
            let answer = ask(&proxied, &method, path, said).await;
            let told: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
            assert_ne!(told["code"], "tls_required", "{path} {said:?}");
        }
    }
    // Probes come from within, and a clinic on loopback needs no TLS.
    let probe = ask(&around, &Method::GET, "/health/live", None).await;
    probe.expect(StatusCode::OK);
    let local = TestApp::new().await;
    let answer = ask(&local, &Method::GET, routes::CONFIG, Some("http")).await;
    answer.expect(StatusCode::OK);
}

#[tokio::test]
async fn r16_no_other_origin_may_read() {
    let app = TestApp::new().await;
    let ours = app.origin();
    for origin in [
        "null".to_owned(),
        "https://evil.test".to_owned(),
        format!("{ours}.evil.test"),
        format!("{ours}0"),
        ours.replace("http:", "https:"),
        ours.replace("http://", "http://evil."),
    ] {
        let read = app
            .anonymous()
            .request(Method::GET, routes::CONFIG)
            .header("origin", &origin);
        let preflight = app
            .anonymous()
            .request(Method::OPTIONS, routes::LOGIN)
            .header("origin", &origin)
            .header("access-control-request-method", "POST");
        for answer in [read.send().await, preflight.send().await] {
            let allows = answer
                .headers
                .keys()
                .any(|name| name.as_str().starts_with("access-control-"));
            assert!(!allows, "{origin}: {:?}", answer.headers);
        }
    }
}

#[tokio::test]
async fn r58_nothing_tells_what_runs_here() {
    let app = TestApp::new().await;
    let anonymous = app.anonymous();
    for path in [
        "/metrics",
        "/.git/config",
        "/.env",
        "/api/v1/",
        "/api/v1/debug",
        "/server-status",
        "/visita.db",
        "/token-keys.json",
    ] {
        let answer = anonymous.get(path).await.problem(404, "not_found");
        for name in ["server", "x-powered-by", "via"] {
            assert!(!answer.headers.contains_key(name), "{path}: {name}");
        }
    }
}

async fn r62_no_column_is_set_from_outside(app: TestApp) {
    let patient = app.patient("pat").await;
    let before: Value = patient.get(routes::ME).await.expect(StatusCode::OK).json();
    for column in [
        "id",
        "hospital_id",
        "role",
        "state",
        "email",
        "created_at",
        "search_text",
        "sort_name",
        "password_hash",
        "changed_at",
        "session_id",
        "auth_time",
        "expires_at",
        "confirmed_at",
        "version",
    ] {
        let body = json!({ "name": "Another", column: "admin" });
        patient
            .patch(routes::ME, &body)
            .await
            .problem(422, "validation_failed");
    }
    let after: Value = patient.get(routes::ME).await.expect(StatusCode::OK).json();
    assert_eq!(before, after);
}

async fn r66_a_defect_is_told_in_general_words_and_the_server_lives(db: TestDb) {
    async fn boom() -> HttpResponse {
        panic!("a defect with a canary in its text")
    }
    let setup = Setup {
        extra: |config| {
            config.route("/boom", web::get().to(boom));
        },
        ..Setup::default()
    };
    let app = TestApp::with(db, setup).await;
    for _ in 0..3 {
        let answer = app.anonymous().get("/boom").await.problem(500, "internal");
        assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
        app.anonymous()
            .get(routes::CONFIG)
            .await
            .expect(StatusCode::OK);
    }
}
