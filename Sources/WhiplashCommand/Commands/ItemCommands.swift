import ArgumentParser
import Foundation
import JSON
import Whiplash

/// `whiplash get`
struct GetCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show items by their ids.",
        discussion: """
            Exits with 2 when one of the ids is not there; those that are there are shown.

            EXAMPLES
              whiplash get library/books emma
              whiplash get library/books emma moby-dick --json
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON, an array of items.") var json = false
    @Option(help: "Their group, in a collection with groups.") var group: String?
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath
    @Argument(help: "The ids.") var ids: [String]

    func perform() async throws {
        let found = try await target.collection(collection).items(ids: ids, in: group)
        show(found.compactMap(\.self))
        let missing = zip(ids, found).compactMap { id, item in item == nil ? id : nil }
        if missing.isEmpty { return }
        throw CommandFailure("not there: \(missing.joined(separator: ", "))", code: .notFound)
    }

    private func show(_ items: [Item]) {
        if json {
            return sayJSON { writer in
                writer.writeArray { writer in
                    for item in items { writer.write(item, vector: true) }
                }
            }
        }
        for item in items {
            Terminal.say("id        \(item.id)")
            if let group = item.group { Terminal.say("group     \(group)") }
            Terminal.say("vector    \(preview(item.vector))")
            if let metadata = item.metadata { Terminal.say("metadata  \(metadata.text)") }
            if let text = item.text { Terminal.say("text      \(text)") }
            if let time = item.timestamp { Terminal.say("time      \(shown(time))") }
            if let time = item.expiresAt { Terminal.say("expires   \(shown(time))") }
            if let version = item.version { Terminal.say("version   \(version)") }
            if items.count > 1 { Terminal.say("") }
        }
    }
}

/// A time in seconds since 1970, for a person.
private func shown(_ time: Int64) -> String {
    ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: TimeInterval(time)))
}

/// `whiplash delete`
struct DeleteCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete items by their ids, or by a filter.",
        discussion: """
            Ids that are not there are no error. 'whiplash collection delete' deletes a whole collection.

            EXAMPLES
              whiplash delete library/books emma
              whiplash delete library/books emma --version VERSION
              whiplash delete library/books - <ids.txt
              whiplash delete library/books --filter '{"year": {"$lt": 1800}}'
              whiplash delete library/books --filter '{"year": {"$lt": 1800}}' --yes
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON.") var json = false
    @Option(help: "Their group, in a collection with groups; with --filter, only the items of this group.")
    var group: String?
    @Option(help: "Delete the one item only if it is of this version.") var version: String?
    @Option(help: "The items whose metadata pass this filter, a JSON object.") var filter: String?
    @Flag(help: "Do not ask before deleting by --filter.") var yes = false
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath
    @Argument(help: "The ids; - reads them from standard input, one on a line.") var ids: [String] = []

    func validate() throws {
        if ids.isEmpty == (filter == nil) { throw ValidationError("Give either ids or --filter.") }
        if version != nil, ids.count != 1 || ids == ["-"] {
            throw ValidationError("--version goes with one id.")
        }
    }

    func perform() async throws {
        if let filter { return try await delete(where: parseFilter(filter), filter) }
        let all = allIDs()
        let items = try await target.collection(collection)
        let count = try await delete(all, from: items)
        if json {
            sayJSON { $0.writeObject { $0.member("deleted", count) } }
        } else {
            Terminal.say("Deleted \(count) of \(all.count).")
        }
    }

    private func allIDs() -> [String] {
        var all: [String] = []
        for id in ids {
            if id != "-" {
                all.append(id)
            } else {
                while let line = readLine() { all.append(line) }
            }
        }
        return all
    }

    private func delete(_ all: [String], from items: any ItemCollection) async throws -> Int {
        if let version {
            return try await items.delete(all[0], version: parseVersion(version), in: group) ? 1 : 0
        }
        var count = 0
        // In parts, since the engine reads what it deletes.
        for start in stride(from: 0, to: all.count, by: 10_000) {
            count += try await items.delete(
                ids: Array(all[start..<min(start + 10_000, all.count)]), in: group)
        }
        return count
    }

    private func delete(where filter: MetadataFilter, _ text: String) async throws {
        let items = try await target.collection(collection)
        let place = group.map { "\($0) in \(collection)" } ?? "\(collection)"
        guard try yes || Terminal.confirms("Delete all items of \(place) that pass \(text)?") else {
            throw ExitCode.failure
        }
        var bar = ProgressBar("Deleting", total: nil)
        let count = try await items.delete(where: filter, in: group) { bar.show($0) }
        bar.clear()
        if json {
            sayJSON { $0.writeObject { $0.member("deleted", count) } }
        } else {
            Terminal.say("Deleted \(count) items of \(place).")
        }
    }
}

/// `whiplash count`
struct CountCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "count", abstract: "Count a collection's items, or those that pass a filter.",
        discussion: """
            Looks at every item: on DynamoDB that costs a read of all vectors. 'whiplash stats' tells about how many there are for less.

            EXAMPLES
              whiplash count library/books
              whiplash count library/books --filter '{"year": {"$lt": 1900}}'
              whiplash count people/notes --group ann --json
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON: {\"count\"}.") var json = false
    @Option(help: "Only the items whose metadata pass this filter, a JSON object.") var filter: String?
    @Option(help: "Only the items of this group.") var group: String?
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

    func perform() async throws {
        let filter = try filter.map(parseFilter) ?? .and([])
        var bar = ProgressBar("Counting", total: nil)
        let count = try await target.collection(collection).count(where: filter, in: group) { bar.show($0) }
        bar.clear()
        if json {
            sayJSON { $0.writeObject { $0.member("count", count) } }
        } else {
            Terminal.say("\(count)")
        }
    }
}

/// `whiplash list`
struct ListCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a collection's items, in pages.",
        discussion: """
            In an order that means nothing and stays. 'whiplash export' writes all of them to a file.

            EXAMPLES
              whiplash list library/books
              whiplash list library/books --limit 1000 --json
              whiplash list library/books --prefix moby-
              whiplash list library/books --cursor CURSOR
              whiplash list library/books --filter '{"year": {"$lt": 1900}}'
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON: {\"items\", \"cursor\"}.") var json = false
    @Flag(help: "Show the vectors as well.") var vectors = false
    @OptionGroup var selection: ItemSelection
    @Option(help: "Items of a page, 1 to 1000.") var limit = 20
    @Option(help: "Where to go on, as the page before told.") var cursor: String?
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

    func validate() throws {
        if !(1...1000 ~= limit) { throw ValidationError("--limit has to be 1 to 1000.") }
    }

    func perform() async throws {
        let page = try await page(of: target.collection(collection))
        if json { return sayJSON { write(page, to: &$0) } }
        let isGrouped = page.items.contains { $0.group != nil }
        var table = Table((isGrouped ? ["GROUP"] : []) + (vectors ? ["ID", "VECTOR", ""] : ["ID", ""]))
        for item in page.items {
            table.add(
                (isGrouped ? [item.group ?? ""] : []) + [item.id] + (vectors ? [preview(item.vector)] : [])
                    + [item.summary])
        }
        table.show()
        if let cursor = page.cursor { Terminal.note("More: --cursor \(cursor)") }
    }

    /// A page that is full where there are as many: among many items few may pass.
    private func page(of items: any ItemCollection) async throws -> ItemPage {
        var page = ItemPage(items: [], cursor: cursor)
        repeat {
            let next = try await selection.page(
                of: items, limit: limit - page.items.count, cursor: page.cursor)
            page.items += next.items
            page.cursor = next.cursor
        } while page.cursor != nil && page.items.count < limit
        return page
    }

    private func write(_ page: ItemPage, to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.key("items")
            writer.writeArray { writer in
                for item in page.items { writer.write(item, vector: vectors) }
            }
            writer.key("cursor")
            if let cursor = page.cursor { writer.write(cursor) } else { writer.writeNull() }
        }
    }
}
