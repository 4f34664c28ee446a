//! A list that is read page by page.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_wire::Page;

use crate::api::{ApiFail, Outcome};

type Reading<T> = Pin<Box<dyn Future<Output = Outcome<Page<T>>>>>;
type Reader<T> = Rc<dyn Fn(Option<String>) -> Reading<T>>;

/// The pages read so far. Starts again from the first page when a signal that
/// the reader tracks changes.
pub struct Pages<T: Send + Sync + 'static> {
    items: RwSignal<Vec<T>>,
    next: RwSignal<Option<String>>,
    loading: RwSignal<bool>,
    loaded: RwSignal<bool>,
    fail: RwSignal<Option<ApiFail>>,
    reader: StoredValue<Reader<T>, LocalStorage>,
    /// Answers of an older filter are dropped.
    run: StoredValue<u64>,
}

impl<T: Send + Sync + 'static> Clone for Pages<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Pages<T> {}

impl<T: Clone + Send + Sync + 'static> Pages<T> {
    /// `reader` is called inside an effect with the cursor of the page: signals
    /// that it reads before its future starts are the list's filters.
    pub fn new<F>(reader: impl Fn(Option<String>) -> F + 'static) -> Self
    where
        F: Future<Output = Outcome<Page<T>>> + 'static,
    {
        let reader: Reader<T> = Rc::new(move |cursor| Box::pin(reader(cursor)));
        let pages = Self {
            items: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            loading: RwSignal::new(true),
            loaded: RwSignal::new(false),
            fail: RwSignal::new(None),
            reader: StoredValue::new_local(reader),
            run: StoredValue::new(0),
        };
        Effect::new(move |_| pages.start(None));
        pages
    }

    /// All items read so far.
    #[must_use]
    pub fn items(self) -> Signal<Vec<T>> {
        self.items.into()
    }

    /// True while a page is on its way.
    #[must_use]
    pub fn loading(self) -> Signal<bool> {
        self.loading.into()
    }

    /// True once the first page has come.
    #[must_use]
    pub fn loaded(self) -> Signal<bool> {
        self.loaded.into()
    }

    /// Why the last reading failed.
    #[must_use]
    pub fn fail(self) -> Signal<Option<ApiFail>> {
        self.fail.into()
    }

    /// True when there is another page.
    #[must_use]
    pub fn more(self) -> Signal<bool> {
        let next = self.next;
        Signal::derive(move || next.with(Option::is_some))
    }

    /// Reads the next page.
    pub fn load_more(self) {
        if let Some(cursor) = self.next.get_untracked() {
            untrack(|| self.start(Some(cursor)));
        }
    }

    /// Reads again from the first page, keeping what shows until it comes.
    pub fn reload(self) {
        untrack(|| self.start(None));
    }

    /// Changes what shows, after a write whose answer is known.
    pub fn edit(self, change: impl FnOnce(&mut Vec<T>)) {
        self.items.try_update(change);
    }

    fn start(self, cursor: Option<String>) {
        let Some(reader) = self.reader.try_get_value() else {
            return;
        };
        let first = cursor.is_none();
        let reading = reader(cursor);
        let Some(run) = self.run.try_update_value(|run| {
            *run += 1;
            *run
        }) else {
            return;
        };
        self.loading.set(true);
        self.fail.set(None);
        spawn_local(async move {
            let outcome = reading.await;
            if self.run.try_get_value() == Some(run) {
                self.take(outcome, first);
            }
        });
    }

    fn take(self, outcome: Outcome<Page<T>>, first: bool) {
        match outcome {
            Ok(page) => {
                self.items.try_update(|items| {
                    if first {
                        items.clear();
                    }
                    items.extend(page.items);
                });
                self.next.try_set(page.next_cursor);
                self.loaded.try_set(true);
            }
            Err(fail) => {
                self.fail.try_set(Some(fail));
            }
        }
        self.loading.try_set(false);
    }
}
