//! What every engine does, one suite for all: in the process on virtual time, and on NATS servers by `tests/cluster.sh`.

mod deaf;
mod deliveries;
mod fence;
mod lease;
mod members;
mod questions;
mod taking;
mod unfenced;
mod world;

use world::InThisProcess;

/// The suite, for one kind of world.
macro_rules! suite {
    ($name:ident, $world:ty, $(#[$attribute:meta])+) => {
        mod $name {
            use super::*;
            suite!(@ $world, [$(#[$attribute])+],
                lease::one_of_nine_writes_a_revision,
                lease::one_of_nine_leads,
                lease::a_lease_ends_and_the_next_token_is_larger,
                lease::lost_answers_are_made_up_for,
                lease::a_lease_that_is_given_back_is_free_at_once,
                lease::groups_do_not_meet,
                lease::who_watches_sees_each_change,
                members::a_member_is_one_for_as_long_as_it_says_so,
                members::who_withdraws_is_no_member_and_others_are,
                fence::nothing_old_stands_behind_a_marker,
                fence::two_groups_do_not_fence_each_other,
                fence::an_old_token_cannot_take_over,
                fence::a_stale_expectation_stores_nothing,
                fence::an_id_is_stored_once,
                fence::an_own_entry_whose_answer_was_lost_is_no_fence,
                fence::a_quiet_lane_is_marked_anew,
                fence::what_cannot_be_kept_is_refused,
                unfenced::many_store_beside_a_leader_and_none_is_in_the_way,
                unfenced::an_id_is_stored_once_whichever_way_it_comes,
                unfenced::it_comes_out_of_its_keys_partition,
                questions::a_question_is_answered,
                questions::that_nobody_listens_is_told_at_once,
                questions::who_answers_too_late_learns_it,
                questions::one_of_two_gets_each_question,
                questions::who_closes_is_asked_no_more,
                questions::answers_find_their_way_after_a_reconnect,
                deliveries::a_key_comes_in_order,
                deliveries::what_is_not_answered_comes_again,
                deliveries::what_is_handed_back_comes_again_when_it_is_due,
                deliveries::progress_keeps_it_in_hand,
                deliveries::what_is_delivered_too_often_is_a_dead_letter,
                deliveries::a_dead_letter_keeps_its_reason_and_is_one,
                deliveries::no_more_is_in_hand_than_allowed,
                taking::what_another_left_comes_first_and_at_once,
                taking::a_partition_that_nobody_has_is_taken_over_as_it_is,
                taking::what_another_is_given_leaves_a_gap_and_is_taken_over_anew,
                taking::one_by_one_means_that_nothing_else_is_delivered,
                taking::a_poison_ends_though_its_owners_do,
                taking::what_was_fetched_ahead_is_handed_back_at_the_end,
            );
        }
    };
    (@ $world:ty, $attributes:tt, $($module:ident :: $test:ident,)+) => { $(suite!(# $world, $attributes, $module, $test);)+ };
    (# $world:ty, [$(#[$attribute:meta])+], $module:ident, $test:ident) => {
        $(#[$attribute])+
        async fn $test() {
            $module::$test::<$world>().await;
        }
    };
}

suite!(in_process, InThisProcess, #[tokio::test(start_paused = true)]);

#[cfg(feature = "nats")]
suite!(nats, world::nats::OnServers, #[tokio::test] #[ignore = "needs NATS servers: tests/cluster.sh"]);
