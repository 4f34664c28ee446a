//! The machine by table, and two machines against a hostile network.

mod sim;
mod table;

use proptest::prelude::*;
use sim::World;

use super::CallState;

#[test]
fn two_sides_on_a_good_network_connect_at_once_without_glare() {
    let mut world = World::new(1);
    world.run(2_000);
    world.assert_agreed();
    assert_eq!(world.glares, 0, "the polite side waits for the first offer");
    assert_eq!(world.opened(), [1, 1]);
}

#[test]
fn simultaneous_offers_end_in_one_exchange() {
    let mut glares = 0;
    for seed in 0..50 {
        let mut world = World::new(seed);
        world.run(4_000);
        world.want_negotiation(0);
        world.want_negotiation(1);
        world.run(8_000);
        world.assert_agreed();
        assert_eq!(world.opened(), [1, 1], "no rebuild");
        glares += world.glares;
    }
    assert!(glares > 0, "the polite side gave way at least once");
}

#[test]
fn a_restart_of_the_server_leaves_the_peer_connections_alone() {
    let mut world = World::new(3);
    world.run(2_000);
    world.restart_server(3_000);
    world.run(3_000);
    assert_eq!(world.states(), [CallState::Live; 2], "media goes on");
    world.run(12_000);
    world.assert_agreed();
    assert_eq!(world.opened(), [1, 1]);
}

#[test]
fn lost_media_is_repaired_by_an_ice_restart_within_the_same_generation() {
    let mut world = World::new(4);
    world.run(2_000);
    world.lose_media(false);
    world.run(3_900);
    assert_eq!(world.states(), [CallState::Recovering; 2]);
    world.run(8_000);
    world.assert_agreed();
    assert_eq!(world.opened(), [1, 1]);
}

#[test]
fn a_reloaded_page_is_met_by_a_new_peer_connection() {
    let mut world = World::new(5);
    world.run(2_000);
    world.reload_page(0);
    world.run(8_000);
    world.assert_agreed();
    assert_eq!(world.opened(), [2, 2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is lost, repeated, reordered, reloaded or restarted: when it stops, both
    /// sides agree on one generation and one exchange.
    #[test]
    fn the_two_sides_always_converge(
        seed in any::<u64>(), loss in 0..60_u64, noise in 0..60_u64, troubles in 0..25_u32,
    ) {
        let mut world = World::new(seed);
        world.loss = loss;
        world.noise = noise;
        for _ in 0..troubles {
            let pause = 100 + seed % 3_000;
            world.run(world.now + pause);
            world.chaos();
        }
        world.loss = 0;
        world.noise = 0;
        world.run(world.now + 60_000);
        world.assert_agreed();
    }

    /// Loss alone, for ever: media comes up all the same.
    #[test]
    fn steady_loss_only_delays(seed in any::<u64>(), loss in 0..50_u64) {
        let mut world = World::new(seed);
        world.loss = loss;
        world.run(world.now + 300_000);
        prop_assert_eq!(world.states(), [CallState::Live; 2]);
    }
}
