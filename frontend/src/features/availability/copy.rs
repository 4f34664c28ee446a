//! Copying one day's hours to other days.

use leptos::prelude::*;
use visita_domain::Weekday;

use super::editor::Editor;
use super::week::weekday_name;
use crate::i18n::t;
use crate::ui::{Button, ButtonKind, ButtonSize, Check, Dialog, DialogActions, Form};

/// Asks to which days the hours go.
#[component]
pub fn CopyDialog(editor: Editor, from: RwSignal<Option<Weekday>>) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if from.get().is_some() {
            open.set(true);
        }
    });
    // So that the same day can be copied again after the dialog was closed.
    Effect::new(move |_| {
        if !open.get() && from.get_untracked().is_some() {
            from.set(None);
        }
    });
    let name = move || from.get().map(weekday_name).unwrap_or_default();
    view! {
        <Dialog open title=Signal::derive(move || t::availability::copy_title(name()))>
            {move || from.get().map(|from| view! { <Targets editor from open /> })}
        </Dialog>
    }
}

#[component]
fn Targets(editor: Editor, from: Weekday, open: RwSignal<bool>) -> impl IntoView {
    let days: Vec<_> = Weekday::ALL
        .into_iter()
        .filter(|day| *day != from)
        .map(|day| (day, RwSignal::new(false)))
        .collect();
    let days = StoredValue::new(days);
    let choose = move |wanted: fn(Weekday) -> bool| {
        days.with_value(|days| {
            for (day, chosen) in days {
                chosen.set(wanted(*day));
            }
        });
    };
    let error = RwSignal::new(None::<String>);
    let submit = move |()| {
        let to: Vec<_> = days.with_value(|days| {
            days.iter()
                .filter(|(_, chosen)| chosen.get_untracked())
                .map(|(day, _)| *day)
                .collect()
        });
        if to.is_empty() {
            error.set(Some(t::availability::copy_none()));
        } else {
            editor.plan.update(|plan| plan.copy(from, &to));
            open.set(false);
        }
    };
    view! {
        <Form error on_submit=submit>
            <div class="flex flex-wrap gap-2">
                <Button
                    size=ButtonSize::Small
                    on_click=move |()| {
                        choose(|day| !matches!(day, Weekday::Saturday | Weekday::Sunday));
                    }
                >
                    {t::availability::copy_workdays()}
                </Button>
                <Button size=ButtonSize::Small on_click=move |()| choose(|_| true)>
                    {t::availability::copy_all()}
                </Button>
            </div>
            <div class="grid gap-x-4 sm:grid-cols-2">
                {days
                    .get_value()
                    .into_iter()
                    .map(|(day, value)| view! { <Check label=weekday_name(day) value /> })
                    .collect_view()}
            </div>
            <DialogActions>
                <Button kind=ButtonKind::Primary submit=true>
                    {t::availability::copy_apply()}
                </Button>
            </DialogActions>
        </Form>
    }
}
