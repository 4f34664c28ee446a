//! Reception books outside the free times.

use leptos::prelude::*;
use visita_domain::Ts;

use super::flow::Flow;
use crate::i18n::t;
use crate::parts::OtherTimeForm;
use crate::ui::{Button, Dialog};

/// A button that opens a dialog for a date and a time of the clinic's clock.
#[component]
pub fn OtherTime(flow: Flow) -> impl IntoView {
    let open = RwSignal::new(false);
    let pick = move |at: Ts| {
        open.set(false);
        flow.pick(at);
    };
    view! {
        <div>
            <Button on_click=move |()| open.set(true)>{t::booking::other_time()}</Button>
        </div>
        <Dialog open title=t::booking::other_time_title()>
            <OtherTimeForm on_pick=pick />
        </Dialog>
    }
}
