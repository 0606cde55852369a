import Foundation
import StorageSQLite
import Whiplash

/// A small notebook inside the program itself: the engine over a SQLite file.
///
///     swift run ExampleDirect notes.db
@main struct Direct {
    static func main() async throws {
        let path = CommandLine.arguments.dropFirst().first ?? "notes.db"
        let database = Database(store: try SQLiteStore(path: path)) {
            Int64(Date().timeIntervalSince1970 * 1000)
        }
        try await keepNotes(in: database)
    }
}

/// Stores a few notes, finds the nearest to a question, changes one and deletes all.
func keepNotes(in database: some VectorDatabase) async throws {
    let notes = try await database.createCollection(
        NewCollection(name: "notes", featureCount: 3), in: "example")
    try await notes.insert([
        Item(id: "moby-dick", vector: [1, 2, 2], text: "Call me Ishmael."),
        Item(id: "emma", vector: [-2, 0.5, 1], text: "Emma Woodhouse, handsome, clever, and rich"),
        Item(id: "ulysses", vector: [1, 2, 1], text: "Stately, plump Buck Mulligan"),
    ])
    for match in try await notes.search(for: [1, 2, 2], limit: 2) {
        print(match.score, match.item.id, match.item.text ?? "")
    }
    let changed = try await notes.update("emma", ItemPatch(text: "Emma Woodhouse"))
    print("changed:", changed.id, changed.text ?? "")
    do {
        try await notes.insert([Item(id: "short", vector: [1, 2])])
    } catch {
        guard case .invalid(let violation) = error else { throw error }
        print("refused:", violation)
    }
    try await database.deleteProject("example")
}
