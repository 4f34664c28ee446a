//! Short notices at the edge of the page.

use std::time::Duration;

use leptos::prelude::*;

/// How long a notice stays. Faults stay until they are closed.
const STAY: Duration = Duration::from_secs(6);
/// More than this would cover a phone.
const MOST: usize = 4;

/// The kind of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// It worked.
    Success,
    /// Good to know.
    Info,
    /// It did not work.
    Error,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// Tells notices apart.
    pub id: u64,
    /// Its kind.
    pub kind: ToastKind,
    /// Its words.
    pub text: String,
}

/// The notices, from the context.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u64>,
}

impl Toasts {
    /// Puts an empty list into the context.
    pub fn provide() {
        provide_context(Self {
            list: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
        });
    }

    /// The notices of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// All that show now, the oldest first.
    #[must_use]
    pub fn list(self) -> Signal<Vec<Toast>> {
        self.list.into()
    }

    /// It worked.
    pub fn success(self, text: impl Into<String>) {
        self.push(ToastKind::Success, text.into());
    }

    /// Good to know.
    pub fn info(self, text: impl Into<String>) {
        self.push(ToastKind::Info, text.into());
    }

    /// It did not work.
    pub fn error(self, text: impl Into<String>) {
        self.push(ToastKind::Error, text.into());
    }

    /// Closes a notice.
    pub fn close(self, id: u64) {
        self.list
            .try_update(|list| list.retain(|toast| toast.id != id));
    }

    fn push(self, kind: ToastKind, text: String) {
        let Some(id) = self.next.try_update_value(|next| {
            *next += 1;
            *next
        }) else {
            return;
        };
        self.list.try_update(|list| {
            // The same notice again would only push others away.
            list.retain(|toast| toast.text != text);
            if list.len() >= MOST {
                list.remove(0);
            }
            list.push(Toast { id, kind, text });
        });
        if kind != ToastKind::Error {
            set_timeout(move || self.close(id), STAY);
        }
    }
}
