//! Icons of the sprite in `index.html`, which `icons.mjs` makes from this list.

use leptos::prelude::*;

macro_rules! icons {
    ($($name:ident => $file:literal,)*) => {
        /// An icon; the text is its name in lucide.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum IconName {
            $(#[doc = $file] $name,)*
        }

        impl IconName {
            /// Every icon of the sprite.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its symbol in the sprite.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $file,)* }
            }
        }
    };
}

icons! {
    Activity => "activity",
    Alert => "triangle-alert",
    ArrowLeft => "arrow-left",
    ArrowRight => "arrow-right",
    Ban => "ban",
    Bell => "bell",
    Building => "building-2",
    Calendar => "calendar",
    CalendarClock => "calendar-clock",
    CalendarPlus => "calendar-plus",
    Camera => "camera",
    CameraOff => "camera-off",
    Check => "check",
    CheckCheck => "check-check",
    ChevronDown => "chevron-down",
    ChevronLeft => "chevron-left",
    ChevronRight => "chevron-right",
    Circle => "circle",
    CircleCheck => "circle-check",
    CircleX => "circle-x",
    Clock => "clock",
    Copy => "copy",
    DoorOpen => "door-open",
    Download => "download",
    Ellipsis => "ellipsis",
    Expand => "expand",
    Eye => "eye",
    EyeOff => "eye-off",
    File => "file",
    FileText => "file-text",
    Heart => "heart-pulse",
    Home => "house",
    Image => "image",
    Info => "info",
    Key => "key-round",
    Languages => "languages",
    Lock => "lock",
    LogOut => "log-out",
    Mail => "mail",
    MapPin => "map-pin",
    Menu => "menu",
    MessageSquare => "message-square",
    Mic => "mic",
    MicOff => "mic-off",
    Monitor => "monitor",
    Moon => "moon",
    Paperclip => "paperclip",
    Pencil => "pencil",
    Phone => "phone",
    PhoneOff => "phone-off",
    Plus => "plus",
    Refresh => "refresh-cw",
    Search => "search",
    Send => "send",
    Settings => "settings",
    Shield => "shield-check",
    Signal => "signal",
    Stethoscope => "stethoscope",
    Sun => "sun",
    Trash => "trash-2",
    Upload => "upload",
    User => "user",
    UserPlus => "user-plus",
    Users => "users",
    Video => "video",
    VideoOff => "video-off",
    Volume => "volume-2",
    WifiOff => "wifi-off",
    X => "x",
}

/// An icon. It is decoration: the words beside it, or the label of its button, say what it means.
#[component]
pub fn Icon(
    /// Which.
    name: IconName,
    /// More classes, such as a size.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg class=format!("icon {class}") aria-hidden="true" focusable="false">
            <use href=format!("#icon-{}", name.as_str())></use>
        </svg>
    }
}
