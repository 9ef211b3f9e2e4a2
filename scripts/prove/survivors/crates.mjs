// What is changed, and which tests should notice.

const presence = (...names) => names.map((name) => `crates/presence/src/${name}`);

/**
 * `files`: what is changed. `tests`: cargo's arguments for the crate's own tests. `quick`: those of the first look, a
 * second in all.
 */
export const CRATES = {
  presence: {
    files: [
      ...presence('hub.rs', 'scope.rs', 'sweep.rs', 'deadline.rs', 'core.rs', 'projection.rs', 'mailbox.rs', 'bitmap.rs', 'work.rs', 'marks.rs', 'mirror.rs'),
      ...presence('dead_letters.rs', 'outbox_full.rs', 'outbox_rows.rs'),
      ...presence('inputs/*.rs', 'followers/*.rs'),
    ],
    tests: ['--features', 'native', '--lib', '--test', 'domain', '--test', 'close_codes_doc'],
    quick: [
      ...['--features', 'native', '--test', 'domain', '--', '--skip', 'counts::', '--skip', 'random_histories', '--skip', 'rule_23_'],
      ...['--skip', 'two_hundred_and_fifty', '--skip', 'questions_are_bounded', '--skip', 'a_pass_survives', '--skip', 'sixty_four'],
      ...['--skip', 'grows_by_one'],
    ],
  },
  stomp: { files: ['crates/stomp/src/*.rs'], tests: ['--lib', '--tests'] },
};
