//! Pages of lists by keyset: a cursor names the last row seen, so rows that come or go
//! between two pages neither repeat nor hide others.

use uuid::Uuid;
use visita_domain::Ts;

use crate::StoreError;
use crate::types::Val;

/// Most items of one page.
pub const MAX_LIMIT: i64 = 100;

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageQuery {
    /// How many items, 1 to [`MAX_LIMIT`]; other values are moved to the nearer bound.
    pub limit: i64,
    /// `next_cursor` of the page before; the first page when none.
    pub cursor: Option<String>,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self {
            limit: 50,
            cursor: None,
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// The items.
    pub items: Vec<T>,
    /// Names the next page; none on the last.
    pub next_cursor: Option<String>,
}

impl<T> Paged<T> {
    /// The same page of other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Paged<U> {
        Paged {
            items: self.items.into_iter().map(f).collect(),
            next_cursor: self.next_cursor,
        }
    }

    /// Cuts the one row too many that was asked for to learn whether more follow.
    pub(crate) fn cut(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self {
            next_cursor: rows.last().filter(|_| more).map(|last| key(last).encode()),
            items: rows,
        }
    }
}

impl PageQuery {
    /// The limit inside its bounds.
    pub(crate) fn bounded(&self) -> i64 {
        self.limit.clamp(1, MAX_LIMIT)
    }

    /// The key of the last row seen.
    pub(crate) fn after(&self) -> Result<Option<Cursor>, StoreError> {
        self.cursor.as_deref().map(Cursor::decode).transpose()
    }

    /// The key of the last row seen, in a list by time.
    pub(crate) fn after_time(&self) -> Result<Option<(Ts, Uuid)>, StoreError> {
        let Some(cursor) = self.after()? else {
            return Ok(None);
        };
        let at = cursor.key.parse().map_err(|_| StoreError::BadCursor)?;
        Ok(Some((at, cursor.id)))
    }

    /// The key of the last row seen, in a list that comes in several orders. A cursor counts
    /// in its own order only: the key of another one names no place in this one.
    pub(crate) fn after_in(&self, order: &str) -> Result<Option<(String, Uuid)>, StoreError> {
        let Some(cursor) = self.after()? else {
            return Ok(None);
        };
        let key = cursor.key.strip_prefix(order);
        let key = key.and_then(|rest| rest.strip_prefix(':'));
        Ok(Some((
            key.ok_or(StoreError::BadCursor)?.to_owned(),
            cursor.id,
        )))
    }

    /// [`PageQuery::after_in`] where the order is one of times.
    pub(crate) fn after_time_in(&self, order: &str) -> Result<Option<(Val<Ts>, Uuid)>, StoreError> {
        let Some((key, id)) = self.after_in(order)? else {
            return Ok(None);
        };
        let at = key.parse().map_err(|_| StoreError::BadCursor)?;
        Ok(Some((Val(at), id)))
    }
}

/// Puts rows in order from small to large, and drops those up to the last one seen.
macro_rules! ascending {
    ($query:ident, $key:expr, $id:expr, $after:expr) => {{
        let query = $query.order(($key.asc(), $id.asc()));
        match $after {
            None => query,
            Some((key, id)) => {
                let same = $key.eq(key.clone()).and($id.gt(Val(id)));
                query.filter($key.gt(key).or(same))
            }
        }
    }};
}

/// [`ascending`] from large to small.
macro_rules! descending {
    ($query:ident, $key:expr, $id:expr, $after:expr) => {{
        let query = $query.order(($key.desc(), $id.desc()));
        match $after {
            None => query,
            Some((key, id)) => {
                let same = $key.eq(key.clone()).and($id.lt(Val(id)));
                query.filter($key.lt(key).or(same))
            }
        }
    }};
}

pub(crate) use {ascending, descending};

/// Sort key and id of the last row of a page. Opaque to callers: hex of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) key: String,
    pub(crate) id: Uuid,
}

impl Cursor {
    pub(crate) fn new(key: &impl ToString, id: Uuid) -> Self {
        Self {
            key: key.to_string(),
            id,
        }
    }

    /// Names a place in that order, for [`PageQuery::after_in`].
    pub(crate) fn in_order(order: &str, key: &impl ToString, id: Uuid) -> Self {
        Self::new(&format!("{order}:{}", key.to_string()), id)
    }

    fn encode(&self) -> String {
        let key: String = self.key.bytes().map(|b| format!("{b:02x}")).collect();
        format!("{}{key}", self.id.simple())
    }

    fn decode(text: &str) -> Result<Self, StoreError> {
        let bad = StoreError::BadCursor;
        if !text.is_ascii() || text.len() < 32 || text.len() > 4096 {
            return Err(bad);
        }
        let (id, key) = text.split_at(32);
        let Ok(id) = Uuid::try_parse(id) else {
            return Err(bad);
        };
        let bytes: Option<Vec<u8>> = key
            .as_bytes()
            .chunks(2)
            .map(|pair| {
                let pair = std::str::from_utf8(pair).ok()?;
                (pair.len() == 2).then(|| u8::from_str_radix(pair, 16).ok())?
            })
            .collect();
        let key = bytes.and_then(|b| String::from_utf8(b).ok()).ok_or(bad)?;
        // PostgreSQL refuses NUL in text; such a cursor never came from here.
        if key.contains('\0') {
            return Err(StoreError::BadCursor);
        }
        Ok(Self { key, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back_and_nonsense_is_refused() {
        let cursor = Cursor::new(&"Émile 7", uuid::Uuid::from_u128(7));
        assert_eq!(Cursor::decode(&cursor.encode()).expect("own"), cursor);
        for bad in [
            "",
            "x",
            &"g".repeat(40),
            &"a".repeat(33),
            "é",
            &format!("{}00", "a".repeat(32)),
        ] {
            assert!(
                matches!(Cursor::decode(bad), Err(StoreError::BadCursor)),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_cursor_counts_in_its_own_order_only() {
        let id = uuid::Uuid::from_u128(7);
        let page = |cursor: Cursor| PageQuery {
            cursor: Some(cursor.encode()),
            ..PageQuery::default()
        };
        let by_name = page(Cursor::in_order("name", &"newest:zoe", id));
        let (key, of) = by_name.after_in("name").expect("own order").expect("a key");
        assert_eq!((key.as_str(), of), ("newest:zoe", id));
        for other in ["newest", "nam", ""] {
            let found = by_name.after_in(other);
            assert!(matches!(found, Err(StoreError::BadCursor)), "{other}");
        }
        let no_time = page(Cursor::in_order("newest", &"zoe", id));
        assert!(matches!(
            no_time.after_time_in("newest"),
            Err(StoreError::BadCursor)
        ));
        assert!(matches!(
            page(Cursor::new(&"zoe", id)).after_in("name"),
            Err(StoreError::BadCursor)
        ));
    }

    #[test]
    fn a_page_names_the_next_only_when_there_is_one() {
        let key = |n: &u128| Cursor::new(n, uuid::Uuid::from_u128(*n));
        assert_eq!(Paged::cut(vec![1, 2], 2, key).next_cursor, None);
        let page = Paged::cut(vec![1, 2, 3], 2, key);
        assert_eq!(page.items, vec![1, 2]);
        assert_eq!(page.next_cursor, Some(key(&2).encode()));
    }
}
