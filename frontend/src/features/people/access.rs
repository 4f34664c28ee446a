//! Archiving a person and bringing them back: taking the access away and giving it back.

use leptos::prelude::*;
use visita_domain::UserId;
use visita_domain::access::Action as Act;
use visita_domain::people::{Role, UserState};
use visita_wire::people::ChangeUser;

use super::may;
use crate::api;
use crate::i18n::t;
use crate::parts::fail_text;
use crate::state::session::Session;
use crate::state::toasts::Toasts;
use crate::ui::{Button, ConfirmDialog, IconName};

/// What reception and administrators do with an account on the page of its owner: invite
/// again, archive, bring back. Nothing for those who may not, and nothing on the own account.
#[component]
pub fn Access(
    /// The account.
    id: UserId,
    /// What it is.
    role: Role,
    /// Whose.
    name: String,
    /// As it is.
    state: UserState,
    /// It has been changed.
    changed: Callback<()>,
) -> impl IntoView {
    // Nobody locks themselves out by mistake.
    let own = Session::from_context()
        .user_now()
        .is_some_and(|me| me.id == id);
    let invite = state == UserState::Invited && may(Act::InviteUser(role));
    view! {
        {invite.then(|| view! { <InviteAgain id /> })}
        {(may(Act::ChangeUser(role)) && !own)
            .then(|| view! { <Archive id role name state changed /> })}
    }
}

/// The mail with the link once more.
#[component]
fn InviteAgain(
    /// The account.
    id: UserId,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let send = Action::new_local(move |(): &()| async move {
        match api::accounts::invite_again(id).await {
            Ok(_) => toasts.success(t::people::invited()),
            Err(fail) => toasts.error(fail_text(&fail)),
        }
    });
    view! {
        <div class="flex flex-wrap items-center gap-3">
            <p class="text-base-content/70">{t::people::invite_waits()}</p>
            <Button
                icon=IconName::Send
                busy=send.pending()
                on_click=move |()| {
                    send.dispatch_local(());
                }
            >
                {t::people::invite_again()}
            </Button>
        </div>
    }
}

/// What archiving means for that person.
fn meaning(role: Role) -> String {
    match role {
        Role::Doctor => t::people::archive_text_doctor(),
        Role::Patient => t::people::archive_text_patient(),
        Role::Admin | Role::Staff | Role::Guest => t::people::archive_text(),
    }
}

#[component]
fn Archive(
    /// The account.
    id: UserId,
    /// What it is.
    role: Role,
    /// Whose.
    name: String,
    /// As it is.
    state: UserState,
    /// It has been changed.
    changed: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let asking = RwSignal::new(false);
    let send = Action::new_local(move |state: &UserState| {
        let state = *state;
        let body = ChangeUser {
            name: None,
            state: Some(state),
        };
        async move {
            match api::people::change_user(id, &body).await {
                Ok(_) => {
                    asking.try_set(false);
                    toasts.success(match state {
                        UserState::Disabled => t::people::archived_now(),
                        UserState::Active | UserState::Invited => t::people::restored_now(),
                    });
                    changed.try_run(());
                }
                Err(fail) => toasts.error(fail_text(&fail)),
            }
        }
    });
    if state == UserState::Disabled {
        return view! {
            <div class="flex flex-wrap items-center gap-3">
                <p class="text-base-content/70">{t::people::archived_text()}</p>
                <Button
                    icon=IconName::CircleCheck
                    busy=send.pending()
                    on_click=move |()| drop(send.dispatch_local(UserState::Active))
                >
                    {t::people::restore()}
                </Button>
            </div>
        }
        .into_any();
    }
    view! {
        <div>
            <Button icon=IconName::Ban on_click=move |()| asking.set(true)>
                {t::people::archive()}
            </Button>
            <ConfirmDialog
                open=asking
                title=t::people::archive_ask(name)
                text=meaning(role)
                confirm=t::people::archive()
                danger=true
                busy=send.pending()
                on_confirm=move |()| drop(send.dispatch_local(UserState::Disabled))
            />
        </div>
    }
    .into_any()
}
