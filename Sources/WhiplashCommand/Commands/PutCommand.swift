import ArgumentParser
import Foundation
import ItemFiles
import JSON
import Whiplash

/// `whiplash put`
struct PutCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Store an item, or a few.",
        discussion: """
            An item takes the place of one with its id, unless --if-absent or --version says when. A version in an item's JSON, as \
            'whiplash get --json' shows it, does so too. Many items are better brought by 'whiplash import'.

            EXAMPLES
              whiplash put library/books --id emma --vector '[-2, 0.5, 1]' --text 'Emma Woodhouse, handsome'
              whiplash put library/books --id emma --vector '[-2, 0.5, 1]' --if-absent
              whiplash put library/books --id offer --vector '[1, 1, 0]' --expires-at 2030-01-31T12:00:00Z
              whiplash put library/books '{"id": "emma", "vector": [-2, 0.5, 1], "metadata": {"year": 1815}}'
              jq -c '.items[]' items.json | whiplash put library/books -
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON.") var json = false
    @Option(help: "The item's id.") var id: String?
    @Option(help: "Its vector: a JSON array, or base64 of float32.") var vector: String?
    @Option(help: "Its metadata, a JSON object.") var metadata: String?
    @Option(help: "Its text.") var text: String?
    @Option(help: "Its group, in a collection with groups.") var group: String?
    @Flag(help: "Store nothing where there is an item with its id.") var ifAbsent = false
    @Option(help: "Store the item only in the place of this version of it.") var version: String?
    @Option(
        help: "When it is from: seconds since 1970, or a date and time such as 2026-01-31T12:00:00Z.")
    var timestamp: String?
    @Option(
        help: "When it is gone again: seconds since 1970, or a date and time such as 2030-01-31T12:00:00Z.")
    var expiresAt: String?
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath
    @Argument(help: "Items as JSON objects; - reads them from standard input, one on a line.") var items:
        [String] = []

    func validate() throws {
        if ifAbsent, version != nil { throw ValidationError("Give --if-absent or --version, not both.") }
        if version != nil, items.count > 1 || items == ["-"] {
            throw ValidationError("--version goes with one item.")
        }
        let isNamed = id != nil || vector != nil || metadata != nil || text != nil
        if isNamed != items.isEmpty {
            throw ValidationError("Give an item by --id and --vector, or items as JSON.")
        }
        if isNamed, id == nil || vector == nil { throw ValidationError("An item needs --id and --vector.") }
    }

    func perform() async throws {
        let given = try given()
        let writes = try given.map { ItemWrite($0, if: try condition(of: $0)) }
        let items = try await target.collection(collection)
        let report: WriteReport
        do {
            report = try await items.write(writes, partially: false)
        } catch {
            throw failure(error, of: given.count)
        }
        if json {
            sayJSON { writer in
                writer.writeObject { writer in
                    writer.member("stored", given.count)
                    if given.count == 1, let version = report.items[0]?.version {
                        writer.member("version", version.text)
                    }
                }
            }
        } else {
            Terminal.say(given.count == 1 ? "Stored \(given[0].id)." : "Stored \(given.count) items.")
        }
    }

    /// An error told of what the command was given, and not of the body of a request.
    private func failure(_ error: WhiplashError, of count: Int) -> CommandFailure {
        var place: Int?
        let renamed = error.mapField { field in
            guard let head = field.prefixMatch(of: /vectors\[(\d+)\]\.?/) else { return flag(of: field) }
            place = Int(head.output.1)
            return flag(of: String(field[head.range.upperBound...]))
        }
        let failure = CommandFailure(renamed)
        guard count > 1, let place else { return failure }
        return CommandFailure("item \(place + 1): \(failure.description)", code: failure.code)
    }

    /// The flag that gave a member; the member where none did.
    private func flag(of member: String) -> String {
        let given = [
            "id": id, "vector": vector, "metadata": metadata, "text": text, "group": group,
            "timestamp": timestamp, "expires_at": expiresAt, "version": version,
            "if_absent": ifAbsent ? "" : nil,
        ]
        return given[member, default: nil] == nil ? member : "--" + member.replacing("_", with: "-")
    }

    private func condition(of item: Item) throws -> ItemCondition? {
        if ifAbsent { return .absent }
        return try version.map { .version(try parseVersion($0)) } ?? item.version.map { .version($0) }
    }

    private func given() throws -> [Item] {
        let time = try timestamp.map { try parseTime($0, option: "--timestamp") }
        let end = try expiresAt.map { try parseTime($0, option: "--expires-at") }
        if let id, let vector {
            return [
                Item(
                    id: id, vector: try parseVector(vector, option: "--vector"),
                    metadata: try metadata.map(object),
                    text: text, timestamp: time, group: group, expiresAt: end)
            ]
        }
        return try items.flatMap { text in
            try text == "-" ? itemsOfInput() : [item(text)]
        }.map { item in
            var item = item
            item.timestamp = time ?? item.timestamp
            item.expiresAt = end ?? item.expiresAt
            return item
        }
    }

    private func parseTime(_ text: String, option: String) throws -> Int64 {
        if let time = Int64(text) ?? Item.time(text) { return time }
        throw CommandFailure("\(option): expected \(Item.timeForms)", code: .refused)
    }

    private func item(_ text: String) throws -> Item {
        do {
            return try JSONReader.read(Array(text.utf8)) { reader throws(JSONError) in try Item(json: &reader)
            }
        } catch {
            throw CommandFailure("this is no item: \(error)", code: .refused)
        }
    }

    private func itemsOfInput() throws -> [Item] {
        let reader = try JSONLinesReader("-")
        var items: [Item] = []
        while let item = try reader.next() { items.append(item) }
        return items
    }

    private func object(_ text: String) throws -> RawJSON {
        guard let value = try? RawJSON(parsing: text), value.isObject else {
            throw CommandFailure("--metadata: expected a JSON object", code: .refused)
        }
        return value
    }
}

/// A vector as the command line has it: a JSON array, or base64 of little-endian float32.
func parseVector(_ text: String, option: String) throws -> [Float] {
    let isArray = text.utf8.first { $0 != UInt8(ascii: " ") } == UInt8(ascii: "[")
    do {
        return try JSONReader.read(Array((isArray ? text : "\"\(text)\"").utf8)) { reader throws(JSONError) in
            try reader.readFloatVector()
        }
    } catch {
        throw CommandFailure("\(option): \(error)", code: .refused)
    }
}

/// An item's version as the command line has it.
func parseVersion(_ text: String) throws -> ItemVersion {
    if let version = ItemVersion(text) { return version }
    throw CommandFailure("--version: expected a version as 'whiplash get' shows it", code: .refused)
}
