//! The call: the other's picture large, the own one small, and what goes wrong in words.

use leptos::prelude::*;
use visita_domain::call::{CallState, EndReason, PeerPresence};

use super::controls::Controls;
use super::lobby::ClinicPhone;
use super::room::Room;
use super::side::{Side, SidePanel};
use super::video::{Picture, Voice};
use crate::i18n::t;
use crate::rtc::media::Kind;
use crate::rtc::stats::Quality;
use crate::ui::{Button, ButtonKind, Icon, IconName};

/// The screen.
#[component]
pub fn CallScreen(room: Room) -> impl IntoView {
    let side = RwSignal::new(None::<Side>);
    let state = room.call.state();
    view! {
        <div class="on-stage relative flex min-h-0 grow">
            <div class="relative flex min-w-0 grow flex-col">
                <div class="relative min-h-0 grow overflow-hidden">
                    {move || match state.get() {
                        CallState::Replaced => view! { <Replaced room /> }.into_any(),
                        CallState::Ended(EndReason::Refused) => view! { <Refused room /> }.into_any(),
                        _ => view! { <Stage room /> }.into_any(),
                    }}
                </div>
                <Controls room side />
            </div>
            <SidePanel room side />
        </div>
    }
}

/// Both pictures and the notices over them.
#[component]
fn Stage(room: Room) -> impl IntoView {
    let call = room.call;
    let blocked = RwSignal::new(false);
    let taps = RwSignal::new(0_u32);
    view! {
        <Voice stream=call.audio() blocked again=taps />
        <Other room />
        <SelfView room />
        <div class="absolute inset-x-0 top-0 flex flex-col items-center gap-2 p-3" role="status">
            <Notice room />
        </div>
        <Show when=move || blocked.get()>
            <div class="absolute inset-0 z-10 flex items-center justify-center bg-black/60 p-4">
                <Button
                    kind=ButtonKind::Primary
                    icon=IconName::Volume
                    on_click=move |()| taps.update(|taps| *taps += 1)
                >
                    {t::visit::tap_to_hear()}
                </Button>
            </div>
        </Show>
        <QualityBadge room />
    }
}

/// The other's picture, or the words instead.
#[component]
fn Other(room: Room) -> impl IntoView {
    let call = room.call;
    let name = room.other_name();
    let said = call.peer_media();
    let camera_off = move || said.get().is_some_and(|media| !media.camera);
    let mic_off = move || said.get().is_some_and(|media| !media.mic);
    let shows = Memo::new(move |_| call.video().with(Option::is_some) && !camera_off());
    let state = call.state();
    let label = t::visit::picture_of(name.as_str());
    let instead = name.clone();
    let words = move || match state.get() {
        CallState::Idle | CallState::Joining => t::visit::joining(),
        CallState::Waiting => t::visit::waiting_for_other(instead.as_str()),
        CallState::Connecting => t::visit::connecting(instead.as_str()),
        CallState::Live | CallState::Recovering if camera_off() => {
            t::visit::other_camera_off(instead.as_str())
        }
        _ => instead.clone(),
    };
    view! {
        // The element stays while the camera is off, so that nothing has to start anew.
        <div class="absolute inset-0" class:invisible=move || !shows.get()>
            <Picture stream=call.video() label whole=true />
        </div>
        <Show when=move || !shows.get()>
            <div class="absolute inset-0 flex flex-col items-center justify-center gap-4 p-6 text-center">
                <span class="flex size-24 items-center justify-center rounded-full bg-white/10">
                    <Icon name=IconName::User class="size-10" />
                </span>
                <p class="text-lg">{words.clone()}</p>
            </div>
        </Show>
        <p class="absolute start-3 bottom-3 flex items-center gap-2 rounded-full bg-black/60 px-3 py-1.5 text-sm">
            <Show when=mic_off>
                <Icon name=IconName::MicOff class="size-4" />
                <span class="sr-only">{t::visit::other_muted()}</span>
            </Show>
            {name}
        </p>
    }
}

/// The own picture, small, in the corner.
#[component]
fn SelfView(room: Room) -> impl IntoView {
    let media = room.media;
    let seen = media.sends(Kind::Camera);
    view! {
        <div class="absolute end-3 bottom-3 aspect-[3/4] w-24 overflow-hidden rounded-box border border-white/30 bg-neutral-800 shadow-lg sm:aspect-video sm:w-48">
            <Show
                when=move || seen.get()
                fallback=|| {
                    view! {
                        <span class="flex size-full items-center justify-center">
                            <Icon name=IconName::VideoOff />
                            <span class="sr-only">{t::visit::camera_is_off()}</span>
                        </span>
                    }
                }
            >
                <Picture stream=media.preview() label=t::visit::own_picture() mirrored=true />
            </Show>
        </div>
    }
}

/// What is wrong now, and what happens about it.
#[component]
fn Notice(room: Room) -> impl IntoView {
    let call = room.call;
    let (state, peer, phone) = (call.state(), call.peer(), call.offer_phone());
    let name = room.other_name();
    let words = move || match (state.get(), peer.get()) {
        (CallState::Recovering, PeerPresence::Present) => Some(t::visit::recovering()),
        (CallState::Recovering | CallState::Connecting, PeerPresence::Away) => {
            Some(t::visit::other_away(name.as_str()))
        }
        _ => None,
    };
    view! {
        {move || {
            words()
                .map(|words| {
                    view! {
                        <p class="flex items-center gap-2 rounded-full bg-black/70 px-4 py-2 text-sm">
                            <span class="loading loading-spinner loading-xs" aria-hidden="true"></span>
                            {words}
                        </p>
                    }
                })
        }}
        <Show when=move || phone.get()>
            <div class="rounded-box bg-base-100 px-4 py-3 text-base-content shadow-lg">
                <p class="font-medium">{t::visit::phone_title()}</p>
                <ClinicPhone />
            </div>
        </Show>
    }
}

/// How good the connection is, when it is not good.
#[component]
fn QualityBadge(room: Room) -> impl IntoView {
    let (quality, state) = (room.call.quality(), room.call.state());
    let words = move || match quality.get().filter(|_| state.get() == CallState::Live)? {
        Quality::Good => None,
        Quality::Fair => Some(t::visit::quality_fair()),
        Quality::Poor => Some(t::visit::quality_poor()),
    };
    view! {
        {move || {
            words()
                .map(|words| {
                    view! {
                        <p class="absolute end-3 top-3 flex items-center gap-2 rounded-full bg-black/60 px-3 py-1.5 text-sm">
                            <Icon name=IconName::Signal class="size-4" />
                            {words}
                        </p>
                    }
                })
        }}
    }
}

/// The call runs on another device of the same user.
#[component]
fn Replaced(room: Room) -> impl IntoView {
    view! {
        <div class="flex size-full flex-col items-center justify-center gap-4 p-6 text-center">
            <Icon name=IconName::Monitor class="size-10" />
            <h2 class="text-xl font-semibold">{t::visit::replaced_title()}</h2>
            <p>{t::visit::replaced_text()}</p>
            <Button kind=ButtonKind::Primary on_click=move |()| room.take_back()>
                {t::visit::take_back()}
            </Button>
        </div>
    }
}

/// The server does not let the viewer in.
#[component]
fn Refused(room: Room) -> impl IntoView {
    view! {
        <div class="flex size-full flex-col items-center justify-center gap-4 p-6 text-center">
            <Icon name=IconName::Alert class="size-10" />
            <p>{t::visit::refused()}</p>
            <Button kind=ButtonKind::Primary on_click=move |()| room.call.join()>
                {t::common::try_again()}
            </Button>
        </div>
    }
}
