//! A question's answers stand in its order, whoever answered first.

use presence::effects::{Command, Reply};

use crate::world::{Fate, World, user};

/// Who is in the reply to a question for zoe and bob: (present, unavailable).
fn asked(world: &mut World) -> (Vec<String>, Vec<String>) {
    let ada = world.connect("ada");
    // Zoe is named first and answers last.
    world.network(|wire| if wire.to == user("zoe") { Fate::Delay(50) } else { Fate::Deliver });
    world.say(ada, Command::Ask(vec!["zoe".into(), "bob".into()])).unwrap();
    world.settle();
    let Some(Reply::Presences { presences, unavailable, .. }) = world.client(ada).replies().pop()
    else {
        panic!("no reply")
    };
    let name = |id: &presence::ids::UserId| id.as_str().to_owned();
    (presences.iter().map(|p| name(&p.user_id)).collect(), unavailable.iter().map(name).collect())
}

#[test]
fn those_who_answer_stand_in_the_order_of_the_question() {
    let (present, unavailable) = asked(&mut World::new());
    assert_eq!((present, unavailable.len()), (vec!["zoe".to_owned(), "bob".to_owned()], 0));
}

#[test]
fn those_who_do_not_answer_stand_in_the_order_of_the_question() {
    let mut world = World::new();
    for id in ["zoe", "bob"] {
        world.node(&user(id)).reachable = false;
    }
    let (present, unavailable) = asked(&mut world);
    assert_eq!((present.len(), unavailable), (0, vec!["zoe".to_owned(), "bob".to_owned()]));
}
