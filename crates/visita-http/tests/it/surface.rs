//! What the server shows to whoever looks at it from outside (SECURITY R12, R16, R18, R58, R62, R66).

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use visita_testkit::TestDb;
use visita_wire::routes;

use crate::edge::{INDEX, with_spa};
use crate::harness::{Answer, PASSWORD, Setup, TestApp, on_both};

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

/// What a page names: the values of `href` and `src`.
fn links(page: &str) -> Vec<String> {
    let of = |attribute| page.split(attribute).skip(1);
    of("href=\"")
        .chain(of("src=\""))
        .filter_map(|rest| rest.split('"').next())
        .filter(|link| !link.contains(':') && !link.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// The path that a link of that page leads to, and all folders on the way.
fn ways(page: &str, link: &str) -> Vec<String> {
    let folder = page.rsplit_once('/').unwrap().0;
    let path = match link.strip_prefix('/') {
        Some(path) => format!("/{path}"),
        None => format!("{folder}/{}", link.trim_start_matches("./")),
    };
    let cuts = path.match_indices('/').map(|(at, _)| at + 1);
    let folders = cuts.flat_map(|at| [path[..at].to_owned(), path[..at - 1].to_owned()]);
    let mut found: Vec<String> = folders.filter(|way| !way.is_empty()).collect();
    found.push(path.clone());
    found
}

/// Nothing names a program or a version, and no folder lists what is in it.
#[track_caller]
fn tells_nothing(path: &str, answer: &Answer) {
    for (name, value) in &answer.headers {
        assert!(
            !["server", "via", "x-powered-by", "x-version", "x-generator"].contains(&name.as_str()),
            "{path}: {name}"
        );
        let value = value.to_str().unwrap().to_lowercase();
        for program in ["actix", "rust", "visita", "diesel", "sqlite", "postgres"] {
            assert!(!value.contains(program), "{path}: {name}: {value}");
        }
    }
    let body = String::from_utf8_lossy(&answer.bytes);
    assert!(
        !body.contains("Index of") && !body.contains("Directory listing"),
        "{path}"
    );
    if path.ends_with('/') && answer.status == StatusCode::OK {
        // Of the SPA, which shows that there is no such page.
        let is_page = path == "/docs/" || answer.bytes == INDEX.as_bytes();
        assert!(is_page, "{path} is a folder: {body}");
    }
    if answer.status.is_client_error() || answer.status.is_server_error() {
        for inside in ["actix", "panicked", ".rs:", "/crates/", "sqlite", "SELECT"] {
            assert!(!body.contains(inside), "{path}: {body}");
        }
    }
}

#[tokio::test]
async fn r58_a_crawl_finds_no_listing_no_debug_page_and_no_version() {
    let setup = Setup {
        assets: with_spa().assets,
        ..Setup::default()
    };
    let app = TestApp::with(TestDb::sqlite(), setup).await;
    let anonymous = app.anonymous();
    let mut waiting: Vec<String> = ["/", "/docs/", "/openapi.json", "/robots.txt"]
        .map(str::to_owned)
        .to_vec();
    // Every path of the document, as it stands and with an id, and what others have left open.
    let document: Value = serde_json::from_str(&visita_http::openapi_json()).unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        waiting.extend(ways("/", path));
        waiting.push(path.replace("{id}", "0197a3c2-6f5e-7c3a-9d1b-2f8e4a6b0c1d"));
    }
    for path in [
        "actuator",
        "debug/pprof/",
        "swagger.json",
        "graphql",
        "console",
        "phpinfo.php",
    ] {
        waiting.push(format!("/{path}"));
        waiting.push(format!("/api/v1/{path}"));
    }
    let mut seen = BTreeSet::new();
    let mut pages = 0;
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let ask = anonymous
            .request(Method::GET, &path)
            .header("accept", "text/html,*/*");
        let answer = ask.send().await;
        tells_nothing(&path, &answer);
        let is_page = answer.headers.get("content-type");
        if is_page.is_some_and(|kind| kind.to_str().unwrap().starts_with("text/html")) {
            pages += 1;
            let page = String::from_utf8_lossy(&answer.bytes).into_owned();
            waiting.extend(links(&page).iter().flat_map(|link| ways(&path, link)));
        }
    }
    assert!(pages > 1 && seen.len() > 100, "{pages} of {}", seen.len());
    assert!(seen.contains("/docs/swagger-ui.css"), "{seen:?}");
}

#[tokio::test]
async fn r58_the_api_is_described_only_where_that_is_wanted() {
    for wanted in [true, false] {
        let setup = Setup {
            assets: with_spa().assets,
            api_docs: wanted,
            ..Setup::default()
        };
        let app = TestApp::with(TestDb::sqlite(), setup).await;
        let anonymous = app.anonymous();
        for path in [
            "/openapi.json",
            "/docs/",
            "/docs/index.html",
            "/docs/swagger-initializer.js",
        ] {
            let read = anonymous.get(path).await;
            let written = anonymous.act(path).await;
            let body = String::from_utf8_lossy(&read.bytes).into_owned();
            let told = body.contains("swagger") || body.contains("openapi");
            assert_eq!(told, wanted, "{path}: {read:?}");
            if wanted {
                read.expect(StatusCode::OK);
                written.problem(405, "method_not_allowed");
            } else {
                let policy = read.header("content-security-policy");
                assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
                // A page of the SPA, which knows no such page, or nothing at all.
                assert!(
                    read.bytes == INDEX.as_bytes() || read.status == StatusCode::NOT_FOUND,
                    "{path}: {read:?}"
                );
                written.problem(404, "not_found");
            }
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
