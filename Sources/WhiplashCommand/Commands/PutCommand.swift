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
            An item takes the place of one with its id. Many are better brought by 'whiplash import'.

            EXAMPLES
              whiplash put library/books --id emma --vector '[-2, 0.5, 1]' --text 'Emma Woodhouse, handsome'
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
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath
    @Argument(help: "Items as JSON objects; - reads them from standard input, one on a line.") var items:
        [String] = []

    func validate() throws {
        let isNamed = id != nil || vector != nil || metadata != nil || text != nil
        if isNamed != items.isEmpty {
            throw ValidationError("Give an item by --id and --vector, or items as JSON.")
        }
        if isNamed, id == nil || vector == nil { throw ValidationError("An item needs --id and --vector.") }
    }

    func perform() async throws {
        let given = try given()
        try await target.collection(collection).insert(given)
        if json {
            sayJSON { $0.writeObject { $0.member("stored", given.count) } }
        } else {
            Terminal.say(given.count == 1 ? "Stored \(given[0].id)." : "Stored \(given.count) items.")
        }
    }

    private func given() throws -> [Item] {
        if let id, let vector {
            return [
                Item(
                    id: id, vector: try parseVector(vector, option: "--vector"),
                    metadata: try metadata.map(object),
                    text: text, group: group)
            ]
        }
        return try items.flatMap { text in
            try text == "-" ? itemsOfInput() : [item(text)]
        }
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
