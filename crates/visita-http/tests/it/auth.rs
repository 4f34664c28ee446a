//! Sign-in, tokens, renewal and sign-out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use visita_http::tokens::TokenKeys;
use visita_wire::auth::{APP_HEADER, SessionView};
use visita_wire::{Page, routes};

use crate::harness::{PASSWORD, TestApp, on_both};

on_both!(
    r49_a_refresh_token_works_once_and_its_reuse_ends_the_session,
    r49_a_lost_answer_may_be_asked_for_again,
    r30_a_password_changes_only_for_who_knows_the_old_one,
    r30_passwords_that_differ_anywhere_are_different,
    r40_signing_out_acts_on_the_next_request,
    r33_wrong_unknown_and_disabled_get_the_same_answer,
    r40_a_disabled_user_is_out_with_the_next_request,
    r42_a_new_password_ends_the_other_sessions,
    r44_forged_expired_and_foreign_tokens_are_refused,
    r48_a_token_of_another_role_opens_no_door,
    r42_ending_a_session_ends_that_session_only,
    r15_cookies_count_only_from_our_own_pages,
);

async fn r33_wrong_unknown_and_disabled_get_the_same_answer(app: TestApp) {
    let (ana, bob) = (app.patient("ana").await, app.patient("bob").await);
    let staff = app.staff("sam").await;
    let disable = json!({ "state": "disabled" });
    staff
        .patch(&routes::user(bob.id), &disable)
        .await
        .expect(StatusCode::OK);
    let mut answers = Vec::new();
    for (email, password) in [
        (ana.email.as_str(), "not-the-password-at-all"),
        ("nobody@example.org", PASSWORD),
        (bob.email.as_str(), PASSWORD),
        ("no address", PASSWORD),
    ] {
        let body = json!({ "email": email, "password": password });
        let answer = app.anonymous().post(routes::LOGIN, &body).await;
        let mut body: Value = answer.problem(401, "wrong_credentials").json();
        body.as_object_mut().unwrap().remove("request_id");
        answers.push(body.to_string());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    // The address is read without regard to case and white space.
    let body = json!({ "email": " ANA@Example.org ", "password": PASSWORD });
    app.anonymous()
        .post(routes::LOGIN, &body)
        .await
        .expect(StatusCode::OK);
}

async fn r40_a_disabled_user_is_out_with_the_next_request(app: TestApp) {
    let (mut ana, staff) = (app.patient("ana").await, app.staff("sam").await);
    ana.get(routes::ME).await.expect(StatusCode::OK);
    let disable = json!({ "state": "disabled" });
    staff
        .patch(&routes::user(ana.id), &disable)
        .await
        .expect(StatusCode::OK);
    ana.get(routes::ME).await.problem(401, "unauthenticated");
    ana.by_cookie(routes::REFRESH)
        .send()
        .await
        .problem(401, "unauthenticated");
    let enable = json!({ "state": "active" });
    staff
        .patch(&routes::user(ana.id), &enable)
        .await
        .expect(StatusCode::OK);
    ana.get(routes::ME).await.problem(401, "unauthenticated");
    ana.sign_in().await;
    ana.get(routes::ME).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn weak_passwords_are_refused_with_a_reason() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let body = json!({ "current_password": PASSWORD, "new_password": "short" });
    ana.post(routes::MY_PASSWORD, &body)
        .await
        .problem(422, "weak_password");
}

async fn r30_a_password_changes_only_for_who_knows_the_old_one(app: TestApp) {
    let ana = app.patient("ana").await;
    let new = "a-long-and-quiet-morning";
    let truncated = PASSWORD.get(..PASSWORD.len() - 1).unwrap();
    for without in [
        json!({ "new_password": new }),
        json!({ "current_password": null, "new_password": new }),
        json!({ "current_password": "wrong", "new_password": new }),
        json!({ "current_password": new, "new_password": new }),
        json!({ "current_password": truncated, "new_password": new }),
        json!({ "current_password": PASSWORD.to_uppercase(), "new_password": new }),
    ] {
        let refused = ana.post(routes::MY_PASSWORD, &without).await;
        let body: Value = refused.problem(403, "wrong_password").json();
        assert_eq!(body["errors"][0]["field"], "current_password");
        let mut address = without;
        address["email"] = json!("new@example.org");
        address.as_object_mut().unwrap().remove("new_password");
        let refused = ana.post(routes::MY_EMAIL, &address).await;
        refused.problem(403, "wrong_password");
    }
    assert_eq!(app.dump("mails"), "", "nobody was written to");
    let mut still = ana.clone();
    still.sign_in().await;
}

/// Nothing is cut off, forbidden or folded together: not behind 72 bytes as with bcrypt,
/// not for a lack of digits, not in white space or case.
async fn r30_passwords_that_differ_anywhere_are_different(app: TestApp) {
    let ana = app.patient("ana").await;
    let long = "seven quiet walnut lanterns over the harbour where nobody counts the boats \
        or the bells of Sundays a";
    assert_eq!(long.len(), 100);
    let mut present = PASSWORD;
    for chosen in ["quietwalnutlanterns", " walnut  lanterns quietly ", long] {
        let body = json!({ "current_password": present, "new_password": chosen });
        let changed = ana.post(routes::MY_PASSWORD, &body).await;
        changed.expect(StatusCode::NO_CONTENT);
        present = chosen;
    }
    let sign_in = |password: String| {
        let (nobody, email) = (app.anonymous(), ana.email.clone());
        async move {
            let body = json!({ "email": email, "password": password });
            nobody.post(routes::LOGIN, &body).await
        }
    };
    let mut byte_100 = long.to_owned();
    byte_100.replace_range(99.., "b");
    for other in [
        byte_100,
        long[..99].to_owned(),
        format!("{long}a"),
        long.to_uppercase(),
    ] {
        sign_in(other).await.problem(401, "wrong_credentials");
    }
    sign_in(long.to_owned()).await.expect(StatusCode::OK);
    // No rotation: a year later it still counts.
    app.clock.advance_secs(365 * 24 * 60 * 60);
    sign_in(long.to_owned()).await.expect(StatusCode::OK);
}

async fn r42_a_new_password_ends_the_other_sessions(app: TestApp) {
    let mut here = app.patient("ana").await;
    let mut there = here.clone();
    there.sign_in().await;
    let sessions: Page<SessionView> = here.get(routes::SESSIONS).await.json();
    assert_eq!(sessions.items.len(), 2);
    assert_eq!(sessions.items.iter().filter(|one| one.current).count(), 1);
    let body = json!({ "current_password": PASSWORD, "new_password": "a-long-and-quiet-morning" });
    here.post(routes::MY_PASSWORD, &body)
        .await
        .expect(StatusCode::NO_CONTENT);
    there.get(routes::ME).await.problem(401, "unauthenticated");
    here.get(routes::ME).await.expect(StatusCode::OK);
    let renewed = here
        .by_cookie(routes::REFRESH)
        .send()
        .await
        .expect(StatusCode::OK);
    here.keep(&renewed);
    let body = json!({ "email": here.email, "password": PASSWORD });
    here.post(routes::LOGIN, &body)
        .await
        .problem(401, "wrong_credentials");
}

async fn r44_forged_expired_and_foreign_tokens_are_refused(app: TestApp) {
    let ana = app.patient("ana").await;
    let token = ana.token.clone().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let mut richer = claims.clone();
    richer["sub"] = json!(app.staff("sam").await.id);
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = encode(&json!({ "alg": "none", "typ": "at+jwt" }));
    let hs256 = encode(&json!({ "alg": "HS256", "typ": "at+jwt" }));
    let other_ring = TokenKeys::from_seeds(&[[8; 32]]).unwrap();
    let session = serde_json::from_value(claims["sid"].clone()).unwrap();
    let foreign = other_ring
        .issue(ana.id, session, crate::harness::start_of_tests())
        .unwrap();
    for (name, forged) in [
        (
            "tampered",
            format!("{}.{}.{}", parts[0], encode(&richer), parts[2]),
        ),
        ("none", format!("{none}.{}.", parts[1])),
        ("HS256", format!("{hs256}.{}.{}", parts[1], parts[2])),
        ("foreign key", foreign),
        ("refresh token", ana.cookie.clone().unwrap()),
        ("nothing", String::new()),
    ] {
        let mut forger = ana.clone();
        forger.token = Some(forged);
        let answer = forger.get(routes::ME).await;
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{name}");
        answer.problem(401, "unauthenticated");
    }
    ana.get(routes::ME).await.expect(StatusCode::OK);
    app.clock.advance_secs(5 * 60 + 6);
    ana.get(routes::ME).await.problem(401, "unauthenticated");
}

async fn r48_a_token_of_another_role_opens_no_door(app: TestApp) {
    let ana = app.patient("ana").await;
    ana.get(routes::USERS).await.problem(403, "forbidden");
    ana.get(routes::LOBBY).await.problem(403, "forbidden");
    // Not even with a body that would be refused: who it is comes first.
    ana.post(routes::HOSPITALS, &json!({ "x": 1 }))
        .await
        .problem(403, "forbidden");
    let anonymous = app.anonymous();
    anonymous
        .post(routes::HOSPITALS, &json!({ "x": 1 }))
        .await
        .problem(401, "unauthenticated");
}

async fn r49_a_refresh_token_works_once_and_its_reuse_ends_the_session(app: TestApp) {
    let mut ana = app.patient("ana").await;
    let first = ana.clone();
    let renewed = ana
        .by_cookie(routes::REFRESH)
        .send()
        .await
        .expect(StatusCode::OK);
    ana.keep(&renewed);
    assert_ne!(ana.cookie, first.cookie);
    ana.get(routes::ME).await.expect(StatusCode::OK);
    app.clock.advance_secs(60);
    // Somebody else has the old token.
    let reused = first.by_cookie(routes::REFRESH).send().await;
    reused.problem(401, "unauthenticated");
    ana.get(routes::ME).await.problem(401, "unauthenticated");
    first.get(routes::ME).await.problem(401, "unauthenticated");
    ana.by_cookie(routes::REFRESH)
        .send()
        .await
        .problem(401, "unauthenticated");
}

async fn r49_a_lost_answer_may_be_asked_for_again(app: TestApp) {
    let mut ana = app.patient("ana").await;
    ana.by_cookie(routes::REFRESH)
        .send()
        .await
        .expect(StatusCode::OK);
    app.clock.advance_secs(5);
    let again = ana
        .by_cookie(routes::REFRESH)
        .send()
        .await
        .expect(StatusCode::OK);
    ana.keep(&again);
    ana.get(routes::ME).await.expect(StatusCode::OK);
}

async fn r40_signing_out_acts_on_the_next_request(app: TestApp) {
    let ana = app.patient("ana").await;
    ana.get(routes::ME).await.expect(StatusCode::OK);
    let out = ana
        .by_cookie(routes::LOGOUT)
        .send()
        .await
        .expect(StatusCode::NO_CONTENT);
    assert_eq!(out.refresh_cookie().as_deref(), Some(""));
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    ana.get(routes::ME).await.problem(401, "unauthenticated");
    ana.by_cookie(routes::REFRESH)
        .send()
        .await
        .problem(401, "unauthenticated");
    ana.by_cookie(routes::LOGOUT)
        .send()
        .await
        .expect(StatusCode::NO_CONTENT);
}

async fn r42_ending_a_session_ends_that_session_only(app: TestApp) {
    let here = app.patient("ana").await;
    let mut there = here.clone();
    there.sign_in().await;
    let sessions: Page<SessionView> = here.get(routes::SESSIONS).await.json();
    let other = sessions.items.iter().find(|one| !one.current).unwrap().id;
    app.patient("bob")
        .await
        .delete(&routes::session(other))
        .await
        .problem(404, "not_found");
    here.delete(&routes::session(other))
        .await
        .expect(StatusCode::NO_CONTENT);
    there.get(routes::ME).await.problem(401, "unauthenticated");
    here.get(routes::ME).await.expect(StatusCode::OK);
}

async fn r15_cookies_count_only_from_our_own_pages(app: TestApp) {
    let ana = app.patient("ana").await;
    let origin = app.origin();
    for path in [routes::REFRESH, routes::LOGOUT] {
        for (name, headers) in [
            ("nothing", vec![]),
            ("no site", vec![(APP_HEADER, "1")]),
            (
                "cross-site",
                vec![(APP_HEADER, "1"), ("sec-fetch-site", "cross-site")],
            ),
            (
                "same-site",
                vec![(APP_HEADER, "1"), ("sec-fetch-site", "same-site")],
            ),
            (
                "address bar",
                vec![(APP_HEADER, "1"), ("sec-fetch-site", "none")],
            ),
            (
                "cross-site with our origin",
                vec![
                    (APP_HEADER, "1"),
                    ("sec-fetch-site", "cross-site"),
                    ("origin", &origin),
                ],
            ),
            ("form", vec![("sec-fetch-site", "same-origin")]),
            (
                "foreign origin",
                vec![(APP_HEADER, "1"), ("origin", "https://evil.example")],
            ),
            ("null origin", vec![(APP_HEADER, "1"), ("origin", "null")]),
        ] {
            let cookie = format!("__Host-rt={}", ana.cookie.as_deref().unwrap());
            let mut request = app
                .anonymous()
                .request(Method::POST, path)
                .header("cookie", &cookie);
            for (header, value) in headers {
                request = request.header(header, value);
            }
            let answer = request.send().await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{path} {name}: {answer:?}"
            );
            answer.problem(403, "cross_site");
        }
    }
    let cookie = format!("__Host-rt={}", ana.cookie.as_deref().unwrap());
    let by_origin = app.anonymous().request(Method::POST, routes::REFRESH);
    let by_origin = by_origin
        .header("cookie", &cookie)
        .header("origin", &origin);
    by_origin
        .header(APP_HEADER, "1")
        .send()
        .await
        .expect(StatusCode::OK);
}
