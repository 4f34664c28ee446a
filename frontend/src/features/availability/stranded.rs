//! Booked visits that a change of hours would leave outside of them: the list, and the question.

use leptos::prelude::*;
use visita_wire::ErrorCode;
use visita_wire::availability::StrandedVisit;

use crate::api::ApiFail;
use crate::i18n::t;
use crate::intl;
use crate::parts::zone::civil_in;
use crate::routes::Route;
use crate::ui::{Button, ButtonKind, Dialog, DialogActions};

/// Why the server did not make a change yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Stranding {
    visits: Vec<StrandedVisit>,
    count: u32,
}

impl Stranding {
    /// The visits of that refusal, if they are its reason.
    pub fn of(fail: &ApiFail) -> Option<Self> {
        (fail.code == ErrorCode::VisitsStranded).then(|| Self {
            visits: fail.stranded.clone(),
            count: fail.stranded_count,
        })
    }
}

/// Shows the visits while there are some, and makes the change all the same when told so.
#[component]
pub fn StrandedDialog(
    /// What to ask about; none when there is nothing to ask.
    asked: RwSignal<Option<Stranding>>,
    /// Zone of the clinic, whose clock the hours are on.
    #[prop(into)]
    zone: String,
    /// Makes the change.
    #[prop(into)]
    on_keep: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(asked.with(Option::is_some)));
    // So that the same can be asked again after the dialog was closed.
    Effect::new(move |_| {
        if !open.get() && asked.with_untracked(Option::is_some) {
            asked.set(None);
        }
    });
    let zone = StoredValue::new(zone);
    let keep = move |()| {
        asked.set(None);
        on_keep.run(());
    };
    view! {
        <Dialog open title=Signal::derive(t::availability::stranded_title)>
            {move || {
                asked
                    .get()
                    .map(|stranding| view! { <Visits stranding zone=zone.get_value() /> })
            }}
            <DialogActions>
                <Button kind=ButtonKind::Ghost on_click=keep>
                    {t::availability::stranded_keep()}
                </Button>
                <Button kind=ButtonKind::Primary on_click=move |()| asked.set(None)>
                    {t::availability::stranded_back()}
                </Button>
            </DialogActions>
        </Dialog>
    }
}

#[component]
fn Visits(stranding: Stranding, zone: String) -> impl IntoView {
    let count = i64::from(stranding.count);
    let shown = i64::try_from(stranding.visits.len()).unwrap_or(count);
    let rest = count.saturating_sub(shown);
    view! {
        <p class="mb-3">{t::availability::stranded_text(count)}</p>
        <ul class="max-h-72 divide-y divide-base-300 overflow-y-auto" data-testid="stranded">
            {stranding
                .visits
                .into_iter()
                .map(|visit| view! { <Visit visit zone=zone.clone() /> })
                .collect_view()}
        </ul>
        {(rest > 0).then(|| view! { <p class="mt-2">{t::availability::stranded_more(rest)}</p> })}
    }
}

/// One visit, with a way to its page beside the hours being edited.
#[component]
fn Visit(visit: StrandedVisit, zone: String) -> impl IntoView {
    let when = civil_in(visit.starts_at, &zone).map(|civil| {
        format!(
            "{}, {}",
            intl::civil_day_long(civil.date),
            intl::time_of_day(civil.time)
        )
    });
    view! {
        <li>
            <a
                class="flex min-h-11 flex-wrap items-center gap-x-3 py-1 link-hover"
                href=Route::Appointment(visit.appointment_id).path()
                target="_blank"
                rel="noopener"
            >
                <span class="font-medium">{visit.patient_name}</span>
                <span class="text-base-content/70">{when}</span>
            </a>
        </li>
    }
}
