//! The walk: whatever happens to a drain in whatever order, it does what the model allows, ends in time, and once.

use proptest::prelude::*;
use relink_core::drain::{Action, Drain, Event, Plan, Reaction, Seat, State};
use relink_core::{Instant, Millis};

use super::model::{Model, Name};

const NUMBERS: u8 = 9;

#[derive(Clone, Copy, Debug)]
enum Deed {
    Tell(Event<Name>),
    Later(u64),
    /// To the deadline, and a Timeout.
    Due,
}

fn event() -> impl Strategy<Value = Event<Name>> {
    let name = || (0..NUMBERS, 0..2_u8).prop_map(|(number, which)| Name(number, which));
    prop_oneof![
        2 => Just(Event::Begin),
        20 => name().prop_map(Event::Joined),
        8 => name().prop_map(Event::Ended),
        4 => name().prop_map(Event::Dropped),
        1 => Just(Event::Force),
        10 => Just(Event::Timeout),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![4 => event().prop_map(Deed::Tell), 1 => (0..8_u64).prop_map(Deed::Later), 2 => Just(Deed::Due)]
}

fn plan() -> impl Strategy<Value = Plan> {
    let length = || prop_oneof![Just(0), 1..20_u32, Just(u32::MAX)].prop_map(Millis::new);
    (any::<bool>(), length(), length(), length()).prop_map(|(farewell, grace, spread, closing_timeout)| Plan {
        farewell,
        grace,
        spread,
        closing_timeout,
    })
}

struct Walk {
    drain: Drain<Name, Vec<Seat<Name>>>,
    model: Model,
    clock: u64,
    over: u32,
}

impl Walk {
    fn tell(&mut self, event: Event<Name>, roll: u32) -> Result<Reaction<Name>, TestCaseError> {
        let now = Instant::from_millis(self.clock);
        let before = self.drain.clone();
        let reaction = self.drain.step(now, roll, event);
        let model = self.model.clone();
        prop_assert!(self.model.step(now, event, reaction), "{:?} at {}: {:?}, in {:?}", event, self.clock, reaction, model);
        prop_assert!(reaction != Reaction::Ignored || self.drain == before, "what is ignored changes something");
        self.over += u32::from(matches!(reaction, Reaction::Do(Action::Drained(_))));
        let (left, tally) = (self.drain.left() as usize, self.drain.tally());
        prop_assert_eq!((left, tally, self.drain.deadline()), (self.model.left(), self.model.tally(), self.model.deadline()));
        prop_assert_eq!((self.drain.refuses(), self.over > 0), (self.model.refuses(), self.drain.state() == State::Drained));
        Ok(reaction)
    }

    fn due(&mut self, roll: u32) -> Result<(), TestCaseError> {
        let Some(deadline) = self.drain.deadline() else { return Ok(()) };
        self.clock = self.clock.max(deadline.as_millis());
        // A deadline that has come is not for nothing.
        prop_assert!(self.tell(Event::Timeout, roll)? != Reaction::Ignored);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_does_what_the_model_allows(
        plan in plan(),
        seats in 0..NUMBERS as usize + 2,
        deeds in prop::collection::vec((deed(), any::<u32>()), 0..100),
    ) {
        let drain = Drain::new(plan, vec![Seat::EMPTY; seats]);
        let mut walk = Walk { drain, model: Model::new(plan, seats), clock: 1_000, over: 0 };
        prop_assert_eq!(walk.drain.plan(), plan);
        for (deed, roll) in deeds {
            match deed {
                Deed::Tell(event) => drop(walk.tell(event, roll)?),
                Deed::Later(millis) => walk.clock += millis,
                Deed::Due => walk.due(roll)?,
            }
        }
        // And whoever does nothing more: it ends as planned, at the latest.
        let (begun, mut steps) = (walk.drain.refuses(), 0);
        while walk.drain.deadline().is_some() {
            walk.due(0)?;
            steps += 1;
            prop_assert!(steps <= 3 * usize::from(NUMBERS) + 1, "it does not end");
        }
        prop_assert_eq!(walk.over, u32::from(begun));
    }
}
