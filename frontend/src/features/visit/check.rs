//! Camera and microphone before going in: does it work, and what to do when it does not.

use leptos::prelude::*;
use visita_domain::appointment::AppointmentState;
use visita_wire::ErrorCode;

use super::device_select::DeviceSelects;
use super::room::Room;
use super::video::Picture;
use crate::i18n::t;
use crate::intl;
use crate::parts::fail_text;
use crate::rtc::level::mic_level;
use crate::rtc::media::{Device, Kind, Media, MediaFault};
use crate::ui::{Alert, AlertKind, Button, ButtonKind, ButtonSize, Icon, IconButton, IconName};

/// The screen.
#[component]
pub fn CheckScreen(room: Room) -> impl IntoView {
    let media = room.media;
    media.acquire();
    let state = room.state();
    let words = move || match (room.is_patient(), state.get()) {
        (true, AppointmentState::InCall) => t::visit::doctor_waits(room.other_name()),
        (true, _) => t::visit::check_text_patient(),
        (false, AppointmentState::InCall) => t::visit::check_text_in_call(),
        (false, _) => t::visit::check_text_doctor(),
    };
    view! {
        <div class="mx-auto flex w-full max-w-4xl grow flex-col gap-4 p-4 md:grid md:grid-cols-[3fr_2fr] md:content-center md:gap-8">
            <div class="flex flex-col gap-3">
                <Preview media />
                <Level media />
            </div>
            <div class="flex flex-col gap-4 md:justify-center">
                <div>
                    <h2 class="text-xl font-semibold md:text-2xl">{t::visit::check_title()}</h2>
                    <p class="text-base-content/80">{words}</p>
                </div>
                <EnterFault room />
                <Button
                    kind=ButtonKind::Primary
                    size=ButtonSize::Large
                    wide=true
                    icon=IconName::Video
                    busy=room.busy()
                    on_click=move |()| room.enter()
                >
                    {t::visit::join()}
                </Button>
                <DeviceFaults media />
                <DeviceSelects media />
            </div>
        </div>
    }
}

/// The own picture with the two switches on it.
#[component]
fn Preview(media: Media) -> impl IntoView {
    let sends = media.sends(Kind::Camera);
    let device = media.device(Kind::Camera);
    let instead = move || match device.get() {
        Device::Off | Device::Asking => t::visit::camera_asking(),
        Device::On(_) => t::visit::camera_is_off(),
        Device::Fault(_) => t::visit::no_picture(),
    };
    view! {
        <div class="on-stage relative aspect-video w-full overflow-hidden rounded-box">
            <Show
                when=move || sends.get()
                fallback=move || {
                    view! {
                        <div class="flex size-full flex-col items-center justify-center gap-2 px-4 pt-4 pb-16 text-center">
                            <Icon name=IconName::VideoOff class="size-8" />
                            <p>{instead}</p>
                        </div>
                    }
                }
            >
                <Picture stream=media.preview() label=t::visit::own_picture() mirrored=true />
            </Show>
            <div class="absolute inset-x-0 bottom-0 flex justify-center gap-3 p-3">
                <DeviceSwitch media kind=Kind::Mic />
                <DeviceSwitch media kind=Kind::Camera />
            </div>
        </div>
    }
}

/// Mutes and unmutes one device.
#[component]
pub fn DeviceSwitch(media: Media, kind: Kind) -> impl IntoView {
    let wanted = media.wanted(kind);
    let device = media.device(kind);
    let missing = move || device.with(|device| device.track().is_none());
    let faulty = move || device.with(|device| device.fault().is_some());
    let icon = move || match (kind, wanted.get() && !missing()) {
        (Kind::Mic, true) => IconName::Mic,
        (Kind::Mic, false) => IconName::MicOff,
        (Kind::Camera, true) => IconName::Video,
        (Kind::Camera, false) => IconName::VideoOff,
    };
    let label = move || match (kind, wanted.get()) {
        (Kind::Mic, _) if faulty() => t::visit::retry_mic(),
        (Kind::Camera, _) if faulty() => t::visit::retry_camera(),
        (Kind::Mic, true) => t::visit::mute(),
        (Kind::Mic, false) => t::visit::unmute(),
        (Kind::Camera, true) => t::visit::camera_off(),
        (Kind::Camera, false) => t::visit::camera_on(),
    };
    view! {
        <span class:call-button-off=move || !wanted.get() || missing()>
            <IconButton
                icon=Signal::derive(icon)
                label=Signal::derive(label)
                class="call-button"
                disabled=Signal::derive(move || missing() && !faulty())
                on_click=move |()| if faulty() { media.retry(kind) } else { media.toggle(kind) }
            />
        </span>
    }
}

/// How loud the microphone is.
#[component]
fn Level(media: Media) -> impl IntoView {
    let level = mic_level(media);
    let heard = media.sends(Kind::Mic);
    view! {
        <div class="flex items-center gap-3 text-sm">
            <Icon name=IconName::Mic class="text-base-content/70" />
            {move || match level.get().filter(|_| heard.get()) {
                Some(percent) => {
                    view! {
                        <span class="sr-only">{t::visit::mic_level()}</span>
                        <progress
                            class="progress progress-success grow"
                            max="100"
                            value=percent.to_string()
                            aria-label=t::visit::mic_level()
                        ></progress>
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <span class="text-base-content/70">
                            {move || {
                                if heard.get() { t::visit::mic_ready() } else { t::visit::mic_silent() }
                            }}
                        </span>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

/// What to do about a device that gives nothing.
#[component]
fn DeviceFaults(media: Media) -> impl IntoView {
    let fault = move |kind| media.device(kind).with(Device::fault);
    view! {
        {move || {
            let faults = (fault(Kind::Mic), fault(Kind::Camera));
            match faults {
                (None, None) => ().into_any(),
                // Denied for both is one decision, so it is one notice.
                (Some(mic), Some(camera)) if mic == camera => {
                    view! { <FaultNotice media kinds=vec![Kind::Mic, Kind::Camera] fault=mic /> }
                        .into_any()
                }
                (mic, camera) => {
                    let notice = |kind, fault: Option<MediaFault>| {
                        fault.map(|fault| view! { <FaultNotice media kinds=vec![kind] fault /> })
                    };
                    (notice(Kind::Mic, mic), notice(Kind::Camera, camera)).into_any()
                }
            }
        }}
    }
}

#[component]
fn FaultNotice(media: Media, kinds: Vec<Kind>, fault: MediaFault) -> impl IntoView {
    let title = match (kinds.as_slice(), fault) {
        ([Kind::Mic], _) => t::visit::fault_mic(),
        ([Kind::Camera], _) => t::visit::fault_camera(),
        _ => t::visit::fault_both(),
    };
    let help = match fault {
        MediaFault::Denied => t::visit::help_denied(),
        MediaFault::Missing => t::visit::help_missing(),
        MediaFault::Busy => t::visit::help_busy(),
        MediaFault::Unfit => t::visit::help_unfit(),
        MediaFault::Unsupported => t::visit::help_unsupported(),
    };
    view! {
        <Alert kind=AlertKind::Warning>
            <p class="font-semibold">{title}</p>
            <p>{help}</p>
            <p>{t::visit::join_without()}</p>
            <div class="mt-2">
                <Button
                    size=ButtonSize::Small
                    icon=IconName::Refresh
                    on_click=move |()| kinds.iter().for_each(|kind| media.retry(*kind))
                >
                    {t::visit::try_devices()}
                </Button>
            </div>
        </Alert>
    }
}

/// Why one cannot go in yet.
#[component]
pub fn EnterFault(room: Room) -> impl IntoView {
    let fail = room.fail();
    view! {
        {move || {
            fail.get()
                .map(|fail| {
                    if fail.code == ErrorCode::TooEarly {
                        let opens = room.opens_at();
                        view! {
                            <Alert kind=AlertKind::Info>
                                <p class="font-semibold">{t::visit::too_early_title()}</p>
                                <p>{t::visit::too_early_text(intl::date_time(opens))}</p>
                            </Alert>
                        }
                            .into_any()
                    } else {
                        view! { <Alert kind=AlertKind::Error>{fail_text(&fail)}</Alert> }.into_any()
                    }
                })
        }}
    }
}
