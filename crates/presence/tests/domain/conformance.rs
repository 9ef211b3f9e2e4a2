//! The native store does what the domain relies on; the object's storage runs the same function.

#[test]
fn the_native_store_conforms() {
    let store = presence::sqlite::SqliteStore::in_memory().unwrap();
    presence::conformance::run(&store).unwrap();
    presence::conformance::run(&store).expect("it can run again over the same storage");
}
