import JSON
import Storage
import Whiplash

/// A request that has found its route: what an operation sees of it.
struct Call: Sendable {
    let database: Database
    /// What the caller's key may do. That it may use the route, and the project in the path, is checked already.
    let access: Access
    /// The path's parameters by name, decoded.
    let parameters: [String: String]
    let query: [(name: String, value: String)]
    let body: [UInt8]
    /// What is read and written for the caller's key.
    let keyMeter: StoreMeter
    /// What has been counted; nil where requests are not.
    var metrics: RequestMetrics?
    /// What is read and written for each key.
    let keyTotals: KeyTotals

    /// The project of the path.
    var project: String {
        get throws(WhiplashError) { try name("projectId") }
    }

    /// The collection's name of the path.
    var collectionName: String {
        get throws(WhiplashError) { try name("collectionId") }
    }

    /// The alias of the path.
    var aliasName: String {
        get throws(WhiplashError) { try name("aliasId") }
    }

    /// The item's id of the path.
    var itemID: String {
        get throws(WhiplashError) {
            let id = parameters["itemId"] ?? ""
            try Names.check(id: id, field: "itemId")
            return id
        }
    }

    /// The group's name of the path.
    var group: String {
        get throws(WhiplashError) {
            let group = parameters["groupId"] ?? ""
            try Names.check(id: group, field: "groupId")
            return group
        }
    }

    /// The collection of the path, looked up.
    var collection: VectorCollection {
        get async throws(WhiplashError) {
            try await database.collection(collectionName, in: project)
        }
    }

    private func name(_ parameter: String) throws(WhiplashError) -> String {
        let name = parameters[parameter] ?? ""
        try Names.check(name, field: parameter)
        return name
    }

    /// Reads the body's one object, if there is a body.
    func readOptionalBody(_ read: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
        if !isEmpty { try readBody(read) }
    }

    private var isEmpty: Bool { body.allSatisfy { $0 == UInt8(ascii: " ") || 9...13 ~= $0 } }

    /// Reads the body's one object.
    func readBody<Value>(
        _ read: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        if isEmpty { throw JSONError(.mismatch(expected: "an object", received: "nothing"), at: 0) }
        return try JSONReader.read(body, read)
    }

    /// The string of a body that has one field.
    func readText(_ fields: Fields) throws(JSONError) -> String {
        try readBody { reader throws(JSONError) in
            var text = ""
            try fields.read(&reader) { _, reader throws(JSONError) in
                text = try reader.readString()
            }
            return text
        }
    }
}
