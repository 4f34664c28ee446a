//! The application: one route tree, the same for the server and for tests.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::guard::fn_guard;
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, LOCATION};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer};
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::assets;
use crate::error::ApiError;
use crate::headers::HeaderSet;
use crate::jobs;
use crate::mail;
use crate::matrix::{self, MatrixError};
use crate::middleware::edge;
use crate::openapi::{openapi_json, operations};
use crate::routes;
use crate::state::{AppState, State};
use crate::throttle::Throttle;
use crate::trace::RouteSpan;
use crate::workers;

/// Milliseconds over which sockets are told to come back at shutdown.
const DRAIN_MS: u64 = 2_000;

/// The server did not start or did not stop well.
#[derive(Debug, Error)]
pub enum ServeError {
    /// A route without a verdict, or the other way round.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// The listener failed.
    #[error("the server cannot use its address: {0}")]
    Io(#[from] io::Error),
}

/// What is the same for all workers, made once.
#[derive(Clone)]
struct Shared {
    headers: Data<HeaderSet>,
    /// Methods by path, for `Allow`.
    methods: Data<BTreeMap<String, String>>,
    document: Data<Arc<str>>,
    throttle: Data<Throttle>,
}

impl Shared {
    fn new(state: &AppState) -> Self {
        let mut methods: BTreeMap<String, String> = BTreeMap::new();
        for route in operations() {
            let allowed = methods.entry(route.path).or_default();
            if !allowed.is_empty() {
                allowed.push_str(", ");
            }
            allowed.push_str(&route.method);
        }
        let index = assets::index_html(state.assets.as_ref());
        Self {
            headers: Data::new(HeaderSet::new(&state.settings, index.as_deref())),
            methods: Data::new(methods),
            document: Data::new(Arc::from(openapi_json())),
            throttle: Data::new(Throttle::new(&state.settings.limits)),
        }
    }
}

/// The whole application.
pub fn create_app(
    state: AppState,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let shared = Shared::new(&state);
    assemble(state, shared, |_| ())
}

/// The application with more routes, which only tests add.
fn assemble(
    state: AppState,
    shared: Shared,
    extra: impl FnOnce(&mut web::ServiceConfig),
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let methods = shared.methods.clone();
    let describe = match state.settings.api_docs {
        true => describe_api,
        false => describe_nothing,
    };
    App::new()
        .app_data(Data::new(state))
        .app_data(shared.headers)
        .app_data(shared.methods)
        .app_data(shared.document)
        .app_data(shared.throttle)
        .configure(extra)
        .configure(move |config| close_hidden_paths(config, &methods))
        .into_utoipa_app()
        .configure(routes::configure)
        .into_app()
        .configure(describe)
        .default_service(web::to(fallback))
        .wrap(from_fn(edge))
        .wrap(TracingLogger::<RouteSpan>::new())
}

/// Serves until `shutdown` resolves, then ends sockets and running requests gently.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    state: AppState,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    serve_with(state, listener, shutdown, |_| ()).await
}

/// [`serve`] with more routes, for tests of what no real route does (a panic, say).
///
/// # Errors
/// [`ServeError`].
#[doc(hidden)]
pub async fn serve_with(
    state: AppState,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
    extra: fn(&mut web::ServiceConfig),
) -> Result<(), ServeError> {
    matrix::check()?;
    let limits = state.settings.limits;
    let shared = Shared::new(&state);
    let hub = state.hub.clone();
    let stop = CancellationToken::new();
    let (mails, timed) = (state.clone(), state.clone());
    let postman = workers::keep_up("mail", &stop, move |stop| mail::work(mails.clone(), stop));
    let clockwork = workers::keep_up("jobs", &stop, move |stop| jobs::work(timed.clone(), stop));
    let server = HttpServer::new(move || assemble(state.clone(), shared.clone(), extra))
        .keep_alive(Duration::from_secs(15))
        .client_request_timeout(Duration::from_secs(5))
        .client_disconnect_timeout(Duration::from_secs(2))
        .max_connections(limits.connections_per_worker)
        .shutdown_timeout(limits.shutdown_secs)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    let mut running = std::pin::pin!(server);
    // Ends the workers on every way out of here.
    let stop_workers = stop.drop_guard();
    tokio::select! {
        ended = &mut running => return Ok(ended?),
        () = shutdown => {}
    }
    hub.drain(DRAIN_MS);
    let stopping = handle.stop(true);
    let (ended, ()) = tokio::join!(running, stopping);
    drop(stop_workers);
    tokio::join!(postman.stopped(), clockwork.stopped());
    Ok(ended?)
}

/// `/appointments/holds` also looks like `/appointments/{id}`, whose methods are none of its
/// own: whatever such a path does not list ends here.
fn close_hidden_paths(config: &mut web::ServiceConfig, methods: &BTreeMap<String, String>) {
    for (path, allowed) in methods {
        if methods.keys().any(|other| hides(other, path)) {
            let allowed = allowed.clone();
            let unlisted = fn_guard(move |ctx| {
                let method = ctx.head().method.as_str();
                !allowed.split(", ").any(|listed| listed == method)
            });
            config.service(web::resource(path.as_str()).guard(unlisted).to(fallback));
        }
    }
}

/// Whether a request for `path` also matches the pattern `other`.
fn hides(other: &str, path: &str) -> bool {
    let same = |(ours, theirs): (&str, &str)| ours == theirs || theirs.starts_with('{');
    let parts = path.split('/').zip(other.split('/'));
    other != path
        && path.split('/').count() == other.split('/').count()
        && parts.into_iter().all(same)
}

/// The description of the API, and a page to try it.
fn describe_api(config: &mut web::ServiceConfig) {
    config
        .route("/openapi.json", web::get().to(serve_document))
        .route("/docs", web::get().to(redirect_to_docs))
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json")));
}

/// Neither: nobody is told that there could be (SECURITY R58).
fn describe_nothing(_: &mut web::ServiceConfig) {}

async fn serve_document(document: Data<Arc<str>>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(document.to_string())
}

async fn redirect_to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, "/docs/"))
        .finish()
}

/// The description of the API is read and nothing else.
fn only_read(req: &HttpRequest, state: &AppState) -> bool {
    let path = req.path();
    let described = state.settings.api_docs && is_description(path);
    described && req.method() != Method::GET
}

/// Where the API is described.
fn is_description(path: &str) -> bool {
    path == "/openapi.json" || path == "/docs" || path.starts_with("/docs/")
}

/// A path without a handler: the wrong method of a route, a file of the SPA, a page, or nothing.
async fn fallback(
    req: HttpRequest,
    state: State,
    methods: Data<BTreeMap<String, String>>,
) -> Result<HttpResponse, ApiError> {
    let allowed = req
        .match_pattern()
        .and_then(|path| methods.get(&path).cloned())
        .or_else(|| only_read(&req, &state).then(|| Method::GET.to_string()));
    match allowed {
        Some(allowed) => Ok(HttpResponse::MethodNotAllowed()
            .insert_header((ALLOW, allowed))
            .finish()),
        None => assets::serve(&state, &req),
    }
}
