import JSON
import Whiplash

extension Fusion {
    private static let fields = Fields(required: ["method"], optional: ["weight"])
    private static let methods = ["rrf", "weighted"]

    /// Reads `{"method": "rrf"}` or `{"method": "weighted", "weight"?}`; the weight is the vector's share, by default half.
    init(_ reader: inout JSONReader) throws(JSONError) {
        var (method, weight): (String, Float?) = ("", nil)
        let start = reader.position
        try Self.fields.read(&reader) { name, reader throws(JSONError) in
            if name == "method" {
                method = try reader.readWord(Self.methods)
            } else {
                weight = try reader.readFloat()
            }
        }
        if method == "weighted" {
            self = .weighted(weight ?? 0.5)
        } else if weight == nil {
            self = .reciprocalRank
        } else {
            let fault = FieldFault.rule(expected: "none with method 'rrf'", received: "a number")
            throw JSONError(.refused(fault), at: start, path: [.key("weight")])
        }
    }
}
