import API
import JSON
import Whiplash

/// Whether a command answers in JSON or for a person.
extension JSONWriter {
    mutating func write(_ item: Item, vector: Bool) {
        writeObject { writer in
            item.writeMembers(to: &writer, vector: vector ? .array : nil)
            if let version = item.version { writer.member("version", version.text) }
        }
    }

    mutating func write(_ match: Match, vector: Bool, distance: Bool) {
        writeObject { writer in
            match.item.writeMembers(to: &writer, vector: vector ? .array : nil)
            writer.member("dist", match.score)
            if distance, !match.distance.isNaN { writer.member("distance", match.distance) }
            if let score = match.vectorScore { writer.member("vector_score", score) }
            if let score = match.textScore { writer.member("text_score", score) }
        }
    }
}

/// Prints one JSON value, which `body` writes.
func sayJSON(_ body: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    body(&writer)
    Terminal.say(writer.bytes)
}

extension Item {
    /// What a line can show beside the id.
    var summary: String {
        [text, metadata?.text].compactMap(\.self).joined(separator: "  ")
    }
}

/// The first numbers of a vector.
func preview(_ vector: [Float]) -> String {
    let shown = vector.prefix(4).map { "\($0)" }.joined(separator: ", ")
    return "[\(shown)\(vector.count > 4 ? ", … \(vector.count) in all" : "")]"
}
