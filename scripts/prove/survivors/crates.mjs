// What is changed, and which tests should notice.

const presence = (...names) => names.map((name) => `crates/presence/src/${name}`);

/**
 * `files`: what is changed. `tests`: cargo's arguments for the crate's own tests. `slow`: what the first look leaves out.
 */
export const CRATES = {
  presence: {
    files: [
      ...presence('hub.rs', 'scope.rs', 'sweep.rs', 'deadline.rs', 'core.rs', 'projection.rs', 'mailbox.rs', 'bitmap.rs', 'work.rs'),
      ...presence('inputs/*.rs', 'followers/*.rs'),
    ],
    tests: ['--features', 'native', '--lib', '--test', 'domain', '--test', 'close_codes_doc'],
    slow: ['random_histories', 'rule_23_', '1200_watchers'],
  },
  stomp: { files: ['crates/stomp/src/*.rs'], tests: ['--lib', '--tests'], slow: [] },
};
