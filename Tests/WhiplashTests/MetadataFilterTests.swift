import JSON
import Testing

@testable import Whiplash

@Suite struct MetadataFilterTests {
    private func passes(_ filter: String, _ metadata: String?) throws -> Bool {
        try MetadataFilter(RawJSON(parsing: filter)).matches(metadata.map { try RawJSON(parsing: $0) })
    }

    private static let document = #"""
        {"lang": "en", "year": 2021, "score": 0.5, "draft": false, "note": null, "tags": ["a", "b", 3],
         "author": {"name": "Ada", "langs": ["en", "fr"]}, "parts": [{"page": 3}, {"page": 9}], "a.b": {"c.d": 1},
         "twice": 1, "twice": 2, "caf\u00e9": "\u00e9", "empty": []}
        """#

    @Test(
        "What passes",
        arguments: [
            #"{}"#, #"{"lang": "en"}"#, #"{"lang": {"$eq": "en"}, "year": 2021}"#, #"{"year": 2021.0}"#,
            #"{"year": {"$gt": 2020, "$lt": 2022}}"#, #"{"year": {"$gte": 2021, "$lte": 2021}}"#,
            #"{"lang": {"$gt": "em", "$lt": "eo"}}"#, #"{"lang": {"$in": ["de", "en"]}}"#,
            #"{"lang": {"$nin": ["de"]}}"#, #"{"missing": {"$nin": ["de"]}}"#, #"{"missing": {"$ne": 1}}"#,
            #"{"note": null}"#, #"{"note": {"$exists": true}}"#, #"{"missing": {"$exists": false}}"#,
            #"{"tags": "a"}"#, #"{"tags": 3}"#, #"{"tags": {"$in": ["x", "b"]}}"#,
            #"{"tags": {"$all": ["a", 3]}}"#,
            #"{"tags": {"$all": []}}"#, #"{"empty": {"$exists": true}}"#, #"{"empty": {"$ne": 1}}"#,
            #"{"author.name": "Ada"}"#, #"{"author": {"name": "Ada", "langs": "fr"}}"#,
            #"{"parts.page": 9}"#, #"{"parts.page": {"$lt": 4}}"#, #"{"a.b.c.d": 1}"#, #"{"twice": 2}"#,
            #"{"café": "é"}"#, #"{"draft": false}"#, #"{"$and": [{"lang": "en"}, {"year": 2021}]}"#,
            #"{"$or": [{"lang": "de"}, {"year": 2021}]}"#, #"{"$not": {"lang": "de"}}"#,
            #"{"year": {"$not": {"$gt": 2021}}}"#, #"{"author": {"$exists": true}}"#,
            #"{"author": {"$not": {"$exists": false}}}"#, #"{"$or": [{"$and": [{}]}, {"x": 1}]}"#,
        ])
    func passes(filter: String) throws {
        #expect(try passes(filter, Self.document))
    }

    @Test(
        "What does not pass",
        arguments: [
            #"{"lang": "EN"}"#, #"{"lang": {"$ne": "en"}}"#, #"{"year": "2021"}"#,
            #"{"year": {"$gt": "2020"}}"#,
            #"{"lang": {"$gt": 1}}"#, #"{"missing": null}"#, #"{"missing": {"$lt": 9}}"#, #"{"draft": 0}"#,
            #"{"note": {"$exists": false}}"#, #"{"tags": {"$nin": ["x", "b"]}}"#,
            #"{"tags": {"$all": ["a", "x"]}}"#,
            #"{"tags": {"$ne": "a"}}"#, #"{"twice": 1}"#, #"{"author": "Ada"}"#,
            #"{"author.name.first": "Ada"}"#,
            #"{"lang": "en", "year": 2020}"#, #"{"$or": [{"lang": "de"}, {"year": 2020}]}"#,
            #"{"$not": {}}"#, #"{"parts.page": 4}"#, #"{"empty": null}"#, #"{"lang": {"$in": []}}"#,
            #"{"cafe\u0301": "\u00e9"}"#, #"{"caf\u00e9": "e\u0301"}"#,
            #"{"lang": "en", "tags": {"$gt": 3}}"#,
        ])
    func refuses(filter: String) throws {
        #expect(try !passes(filter, Self.document))
    }

    @Test func withoutMetadataOnlyAbsenceHolds() throws {
        #expect(try passes(#"{"a": {"$exists": false}}"#, nil))
        #expect(try passes(#"{"a": {"$ne": 1}}"#, nil))
        #expect(try !passes(#"{"a": 1}"#, nil))
    }

    @Test(
        "A faulty filter is refused with its place and what was expected",
        arguments: [
            (#"[]"#, "filter", "an object"), (#"{"$gt": 1}"#, "filter.$gt", "a metadata key"),
            (#"{"a": {"$foo": 1}}"#, "filter.a.$foo", "one of $eq"), (#"{"a": [1]}"#, "filter.a", "a value"),
            (#"{"a": {}}"#, "filter.a", "one of $eq"),
            (#"{"$and": []}"#, "filter.$and", "at least one filter"),
            (#"{"$or": [{"a": {"$gt": true}}]}"#, "filter.$or[0].a.$gt", "a number or a string"),
            (#"{"a": {"$in": 1}}"#, "filter.a.$in", "an array"),
            (#"{"a": {"$in": [[1]]}}"#, "filter.a.$in[0]", "a string, a number"),
            (#"{"a": {"$exists": 1}}"#, "filter.a.$exists", "a boolean"),
            (#"{"a": {"$gt": 1, "b": 2}}"#, "filter.a.b", "either operators or keys"),
            (#"{"a": {"$eq": {"b": 1}}}"#, "filter.a.$eq", "a string, a number"),
        ])
    func tellsWhatIsWrong(filter: String, field: String, expected: String) throws {
        let raw = try RawJSON(parsing: filter)
        #expect {
            try MetadataFilter(raw)
        } throws: { error in
            guard case .invalid(let violation) = error as? WhiplashError else { return false }
            return violation.field == field && violation.expected.hasPrefix(expected)
        }
    }

    @Test func limitsTestsAndValues() throws {
        func filter(tests: Int) -> String {
            "{\"$or\": [" + (0..<tests).map { "{\"a\": \($0)}" }.joined(separator: ",") + "]}"
        }
        func filter(values: Int) -> String {
            "{\"a\": {\"$in\": [" + (0..<values).map(String.init).joined(separator: ",") + "]}}"
        }
        #expect(try passes(filter(tests: MetadataFilter.maxTests), #"{"a": 255}"#))
        #expect(throws: WhiplashError.self) { try passes(filter(tests: MetadataFilter.maxTests + 1), nil) }
        #expect(try passes(filter(values: MetadataFilter.maxValues), #"{"a": 999}"#))
        #expect(throws: WhiplashError.self) { try passes(filter(values: MetadataFilter.maxValues + 1), nil) }
    }
}
