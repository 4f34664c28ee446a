//! Asks before typed hours are lost: on links of the app, and on closing the page.

use leptos::{ev, prelude::*};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlAnchorElement, MouseEvent};

use crate::i18n::t;
use crate::ui::{Button, ButtonKind, Dialog, DialogActions};

/// Watches for leaving while `dirty`.
#[component]
pub fn LeaveGuard(
    /// Something would be lost.
    dirty: Memo<bool>,
) -> impl IntoView {
    let target = RwSignal::new(None::<String>);
    let open = RwSignal::new(false);
    let closing = window_event_listener(ev::beforeunload, move |event| {
        if dirty.try_get_untracked() == Some(true) {
            event.prevent_default();
        }
    });
    on_cleanup(move || closing.remove());
    on_link(move |event, path| {
        if dirty.try_get_untracked() == Some(true) {
            event.prevent_default();
            event.stop_propagation();
            target.set(Some(path));
            open.set(true);
        }
    });
    let navigate = use_navigate();
    let leave = Callback::new(move |()| {
        open.set(false);
        if let Some(path) = target.get_untracked() {
            navigate(&path, NavigateOptions::default());
        }
    });
    view! {
        <Dialog open title=t::availability::leave_title()>
            <p class="text-base-content/80">{t::availability::leave_text()}</p>
            <DialogActions>
                <Button kind=ButtonKind::Danger on_click=leave>
                    {t::availability::leave_go()}
                </Button>
                <Button kind=ButtonKind::Primary on_click=move |()| open.set(false)>
                    {t::availability::leave_stay()}
                </Button>
            </DialogActions>
        </Dialog>
    }
}

/// Calls back for clicks on links of the app before the router sees them: the router listens
/// at the window, and the way down to the link comes first.
fn on_link(found: impl Fn(&MouseEvent, String) + 'static) {
    let closure = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| {
        if let Some(path) = link_of(&event) {
            found(&event, path);
        }
    });
    let callback: js_sys::Function = closure.as_ref().unchecked_ref::<js_sys::Function>().clone();
    // Fails only for an argument that is no function.
    let _ = document().add_event_listener_with_callback_and_bool("click", &callback, true);
    let kept = StoredValue::new_local((closure, callback));
    on_cleanup(move || {
        kept.try_with_value(|(_, callback)| {
            let _ =
                document().remove_event_listener_with_callback_and_bool("click", callback, true);
        });
    });
}

/// The path of the app's link that was clicked, if it leaves the page in this tab.
fn link_of(event: &MouseEvent) -> Option<String> {
    if event.ctrl_key() || event.meta_key() || event.shift_key() || event.button() != 0 {
        return None;
    }
    let element = event.target()?.dyn_into::<Element>().ok()?;
    let link = element
        .closest("a[href]")
        .ok()??
        .dyn_into::<HtmlAnchorElement>()
        .ok()?;
    let own = window().location();
    let same_app = own.origin().ok()? == link.origin() && link.target() != "_blank";
    let leaves = link.pathname() != own.pathname().ok()?;
    (same_app && leaves).then(|| format!("{}{}", link.pathname(), link.search()))
}
