//! Whose rows a transaction may touch: a second wall behind the predicates of the queries
//! (SECURITY §3.5).
//!
//! On PostgreSQL row level security refuses every row outside it, so a query that forgets
//! its hospital finds too little and never another's data. SQLite has no such thing.
//! No value reaches the visits, messages and documents of more than one hospital.

use visita_domain::HospitalId;

use crate::Ctx;

/// Whose rows a transaction may touch. Every transaction names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tenant {
    /// Those of one hospital, and the names of the platform's people.
    Hospital(HospitalId),
    /// Those of no hospital: the platform's people and their accounts and trail.
    Platform,
    /// Accounts, mails and trails of all hospitals, but nothing of their visits: for whoever
    /// cannot know the hospital yet, as at sign-in, and for platform admins.
    Accounts,
    /// The public cards of all hospitals, read only.
    Cards,
}

impl Tenant {
    /// What a connection may see outside of transactions: sessions and users, which
    /// `auth::authenticate` reads in one statement without a transaction.
    pub(crate) const AT_REST: &'static str = "SET app.tenant = 'callers'";
    /// All rows of all tables: for migrations alone, which rewrite them.
    pub(crate) const OF_MIGRATIONS: &'static str = "SET LOCAL app.tenant = 'migration'";

    /// That hospital, or the platform.
    pub(crate) fn of(hospital_id: Option<HospitalId>) -> Self {
        hospital_id.map_or(Self::Platform, Self::Hospital)
    }

    /// The statement that limits the present transaction. Nothing in it is a caller's text.
    pub(crate) fn set_local(self) -> String {
        let name = match self {
            Self::Hospital(id) => return format!("SET LOCAL app.tenant = '{}'", id.0.hyphenated()),
            Self::Platform => "platform",
            Self::Accounts => "accounts",
            Self::Cards => "cards",
        };
        format!("SET LOCAL app.tenant = '{name}'")
    }
}

impl Ctx {
    /// The actor's hospital, or the platform.
    pub(crate) fn tenant(&self) -> Tenant {
        Tenant::of(self.actor.hospital_id)
    }

    /// The actor's hospital, or for platform admins the accounts of all: where they
    /// manage people.
    pub(crate) fn accounts(&self) -> Tenant {
        self.actor
            .hospital_id
            .map_or(Tenant::Accounts, Tenant::Hospital)
    }
}

#[cfg(test)]
mod tests {
    use super::Tenant;
    use uuid::Uuid;
    use visita_domain::HospitalId;

    #[test]
    fn r50_the_setting_holds_an_id_or_a_fixed_word() {
        let id = HospitalId(Uuid::from_u128(0x1234));
        assert_eq!(
            Tenant::Hospital(id).set_local(),
            "SET LOCAL app.tenant = '00000000-0000-0000-0000-000000001234'"
        );
        assert_eq!(
            Tenant::of(None).set_local(),
            "SET LOCAL app.tenant = 'platform'"
        );
    }
}
