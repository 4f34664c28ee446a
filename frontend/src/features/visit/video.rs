//! Pictures and voices on the page.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlMediaElement, MediaStream};

type StreamSignal = Signal<Option<MediaStream>, LocalStorage>;

/// A picture. Always without sound: voices have their own element, so that a hidden
/// picture does not silence anybody.
#[component]
pub fn Picture(
    /// What to show.
    stream: StreamSignal,
    /// Who or what it is, for those who do not see it.
    #[prop(into)]
    label: Signal<String>,
    /// As in a mirror, for the own picture.
    #[prop(optional)]
    mirrored: bool,
    /// Shown whole, with bars, instead of filling the box.
    #[prop(optional)]
    whole: bool,
) -> impl IntoView {
    let node = NodeRef::<html::Video>::new();
    Effect::new(move |_| {
        if let Some(video) = node.get() {
            // A property is needed: the attribute `muted` only counts in parsed HTML.
            video.set_muted(true);
            play(&video, stream.get().as_ref(), None);
        }
    });
    release_with_owner(move || node.try_get_untracked().flatten().map(Into::into));
    let mirror = if mirrored { "-scale-x-100" } else { "" };
    let fit = if whole {
        "object-contain"
    } else {
        "object-cover"
    };
    view! {
        <video
            node_ref=node
            class=format!("size-full {fit} {mirror}")
            aria-label=label
            playsinline="true"
            autoplay="true"
        ></video>
    }
}

/// A voice. `blocked` becomes true when the browser wants a tap first.
#[component]
pub fn Voice(
    /// What to play.
    stream: StreamSignal,
    /// The browser wants a tap before it plays.
    blocked: RwSignal<bool>,
    /// Plays again after each change: called by the tap.
    #[prop(into)]
    again: Signal<u32>,
) -> impl IntoView {
    let node = NodeRef::<html::Audio>::new();
    Effect::new(move |_| {
        again.track();
        if let Some(audio) = node.get() {
            play(&audio, stream.get().as_ref(), Some(blocked));
        }
    });
    release_with_owner(move || node.try_get_untracked().flatten().map(Into::into));
    view! { <audio node_ref=node autoplay="true"></audio> }
}

/// Takes the stream off an element that leaves the page. Left to the garbage collector, the
/// element would hold the camera's buffers, and the camera would stop for whoever is next.
fn release_with_owner(element: impl Fn() -> Option<HtmlMediaElement> + Send + Sync + 'static) {
    on_cleanup(move || {
        if let Some(element) = element() {
            element.set_src_object(None);
        }
    });
}

fn play(element: &HtmlMediaElement, stream: Option<&MediaStream>, blocked: Option<RwSignal<bool>>) {
    if element.src_object().as_ref() != stream {
        element.set_src_object(stream);
    }
    if stream.is_none() {
        return;
    }
    let Ok(playing) = element.play() else { return };
    leptos::task::spawn_local(async move {
        let refused = JsFuture::from(playing).await.is_err_and(|error| {
            // A stream that was exchanged meanwhile aborts the play, which is no refusal.
            let name = error.dyn_into::<web_sys::DomException>().map(|e| e.name());
            name.is_ok_and(|name| name == "NotAllowedError")
        });
        if let Some(blocked) = blocked {
            blocked.try_set(refused);
        }
    });
}
