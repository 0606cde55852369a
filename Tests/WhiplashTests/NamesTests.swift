import Testing

@testable import Whiplash

@Suite struct NamesTests {
    @Test("An id has no control character, of ASCII or beyond")
    func controlCharacters() throws {
        for value in (0 as UInt32)...0x17F {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let id = "a" + String(Character(scalar)) + "b"
            let isControl = scalar.properties.generalCategory == .control
            if isControl {
                #expect(throws: WhiplashError.self, "U+\(String(value, radix: 16))") {
                    try Names.check(id: id, field: "id")
                }
            } else {
                try Names.check(id: id, field: "id")
            }
        }
    }

    @Test("The field is named of a fault alone")
    func fieldOnDemand() throws {
        var named = 0
        func field() -> String {
            named += 1
            return "vectors[3].id"
        }
        try Names.check(id: "moby-dick", field: field())
        #expect(named == 0)
        let error = #expect(throws: WhiplashError.self) { try Names.check(id: "..", field: field()) }
        guard case .invalid(let violation) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(violation.field == "vectors[3].id" && named == 1)
    }
}
