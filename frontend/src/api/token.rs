//! The access token: in memory only, renewed by the refresh cookie.
//!
//! A renewal rotates the cookie, so two at once would look like theft. One
//! promise is shared inside the tab, and a Web Lock serialises the tabs.

use std::cell::{Cell, RefCell};
use std::future::Future;

use js_sys::Promise;
use visita_wire::ErrorCode;
use visita_wire::auth::TokenGrant;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::{ApiFail, Outcome, client::Anon, join};

/// Renew this long before the end, so that no request meets an ended token.
const MARGIN_MS: f64 = 30_000.0;
const LOCK: &str = "visita-refresh";

#[derive(Clone)]
struct Token {
    text: String,
    ends_at_ms: f64,
}

thread_local! {
    static TOKEN: RefCell<Option<Token>> = const { RefCell::new(None) };
    static RENEWAL: RefCell<Option<Promise>> = const { RefCell::new(None) };
    static LAST_GRANT: RefCell<Option<Outcome<TokenGrant>>> = const { RefCell::new(None) };
    static ON_END: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
    static ENDED: Cell<bool> = const { Cell::new(false) };
    /// The session was opened by a join link, and its cookie renews it.
    static BY_LINK: Cell<bool> = const { Cell::new(false) };
}

#[wasm_bindgen]
extern "C" {
    /// `navigator.locks`; not in stable web-sys.
    type LockManager;
    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, callback: &JsValue) -> Promise;
}

/// Calls `callback` when the server no longer accepts this session.
pub fn on_session_end(callback: impl Fn() + 'static) {
    ON_END.set(Some(Box::new(callback)));
}

/// Keeps the token of a grant.
pub(super) fn keep(grant: &TokenGrant) {
    BY_LINK.set(false);
    put(&grant.access_token, grant.expires_in);
}

/// Keeps the token of a join link.
pub(super) fn keep_by_link(text: &str, expires_in: i64) {
    BY_LINK.set(true);
    put(text, expires_in);
}

fn put(text: &str, expires_in: i64) {
    #[expect(
        clippy::as_conversions,
        reason = "a token's life in ms is far below 2^53"
    )]
    let life_ms = expires_in as f64 * 1_000.0;
    let ends_at_ms = js_sys::Date::now() + life_ms;
    TOKEN.set(Some(Token {
        text: text.to_owned(),
        ends_at_ms,
    }));
    ENDED.set(false);
}

/// Forgets the token: signed out.
pub(super) fn forget() {
    TOKEN.set(None);
}

/// A token that still lasts, renewed when it does not.
pub(super) async fn current() -> Outcome<String> {
    let kept = TOKEN.with_borrow(Clone::clone);
    match kept {
        Some(token) if token.ends_at_ms - MARGIN_MS > js_sys::Date::now() => Ok(token.text),
        _ => renew().await.map(|grant| grant.access_token),
    }
}

/// A token other than the refused one.
pub(super) async fn after_refusal(refused: &str) -> Outcome<String> {
    match TOKEN.with_borrow(Clone::clone) {
        Some(token) if token.text != refused => Ok(token.text),
        _ => renew().await.map(|grant| grant.access_token),
    }
}

/// One renewal for all who ask at the same time.
pub(super) async fn renew() -> Outcome<TokenGrant> {
    let running = RENEWAL.with_borrow(Clone::clone);
    let promise = running.unwrap_or_else(|| {
        let promise = locked(async {
            let outcome = match BY_LINK.get() {
                true => join::renew().await,
                false => Anon.refresh().await,
            };
            settle(&outcome);
            LAST_GRANT.set(Some(outcome));
            RENEWAL.set(None);
        });
        RENEWAL.set(Some(promise.clone()));
        promise
    });
    if JsFuture::from(promise).await.is_err() {
        RENEWAL.set(None);
        return Err(ApiFail::of(ErrorCode::Internal));
    }
    LAST_GRANT
        .with_borrow(Clone::clone)
        .unwrap_or_else(|| Err(ApiFail::of(ErrorCode::Internal)))
}

fn settle(outcome: &Outcome<TokenGrant>) {
    match outcome {
        Ok(grant) => put(&grant.access_token, grant.expires_in),
        // Offline and busy say nothing about the session.
        Err(fail) if fail.code == ErrorCode::Unauthenticated => {
            forget();
            if !ENDED.replace(true) {
                ON_END.with_borrow(|callback| {
                    if let Some(callback) = callback {
                        callback();
                    }
                });
            }
        }
        Err(_) => {}
    }
}

/// Runs `work` while no other tab of this browser renews. Without Web Locks
/// (no secure context) it just runs.
fn locked(work: impl Future<Output = ()> + 'static) -> Promise {
    let work = async move {
        work.await;
        Ok(JsValue::UNDEFINED)
    };
    match lock_manager() {
        Some(locks) => {
            let callback = Closure::once_into_js(move |_lock: JsValue| future_to_promise(work));
            locks.request(LOCK, &callback)
        }
        None => future_to_promise(work),
    }
}

fn lock_manager() -> Option<LockManager> {
    let navigator = web_sys::window()?.navigator();
    let locks = js_sys::Reflect::get(&navigator, &"locks".into()).ok()?;
    (!locks.is_undefined()).then(|| locks.unchecked_into())
}
