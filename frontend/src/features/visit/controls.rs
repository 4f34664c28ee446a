//! The buttons of a call.

use leptos::prelude::*;

use super::check::DeviceSwitch;
use super::room::Room;
use super::side::{Side, SideButtons};
use crate::i18n::t;
use crate::parts::fail_text;
use crate::rtc::media::Kind;
use crate::ui::{ConfirmDialog, IconButton, IconName};

/// The bar.
#[component]
pub fn Controls(room: Room, side: RwSignal<Option<Side>>) -> impl IntoView {
    let asking = RwSignal::new(false);
    let error = Signal::derive(move || room.fail().get().map(|fail| fail_text(&fail)));
    view! {
        <div
            class="flex shrink-0 flex-wrap items-center justify-center gap-2 px-2 pt-2 pb-[calc(0.75rem+env(safe-area-inset-bottom))] sm:gap-3"
            role="group"
            aria-label=t::visit::controls()
        >
            <DeviceSwitch media=room.media kind=Kind::Mic />
            <DeviceSwitch media=room.media kind=Kind::Camera />
            <SideButtons room side />
            <span class="call-button-leave">
                <IconButton
                    icon=IconName::PhoneOff
                    label=t::visit::leave_call()
                    class="call-button"
                    on_click=move |()| room.leave()
                />
            </span>
            {(!room.is_patient())
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="btn min-h-11 border-white/40 bg-transparent text-white hover:bg-white/10"
                            on:click=move |_| asking.set(true)
                        >
                            {t::visit::finish()}
                        </button>
                    }
                })}
        </div>
        <ConfirmDialog
            open=asking
            title=t::visit::finish_title()
            text=t::visit::finish_text()
            confirm=t::visit::finish_confirm()
            busy=room.busy()
            error
            on_confirm=move |()| room.finish()
        />
    }
}
