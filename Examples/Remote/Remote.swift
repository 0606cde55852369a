import Foundation
import WhiplashClient

/// The same notebook behind an API, on this machine or on AWS.
///
///     WHIPLASH_URL=http://127.0.0.1:8080 WHIPLASH_API_KEY=… swift run ExampleRemote
@main struct Remote {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let database = try RemoteDatabase(
            url: environment["WHIPLASH_URL"] ?? "http://127.0.0.1:8080",
            apiKey: environment["WHIPLASH_API_KEY"] ?? "")
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
