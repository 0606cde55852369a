import Testing

@testable import API

@Suite struct MaintenanceTests {
    @Test("A collection too small to learn from is done at once", arguments: ["", "{}", " \n"])
    func tunesSmall(body: String) async throws {
        let service = try await Service.withCollection()
        let answer = await service.send("POST", Service.collection + "/tune", body)
        #expect(
            answer.text
                == #"{"message":"success","done":true,"state":"too_small","generation":0,"filled":0}"#)
    }

    @Test func verifies() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("POST", Service.collection + "/items", #"{"id":"a","vector":[1,2,3]}"#)
        let answer = await service.send("POST", Service.collection + "/verify")
        #expect(
            answer.text
                == #"{"message":"success","checked":2,"vectors_without_bucket_row":0,"bucket_rows_without_vector":0,"missing_postings":0,"needless_postings":0,"mended":0,"cursor":null}"#
        )
    }

    @Test func tellsWhatIsKnown() async throws {
        let service = try await Service.withCollection()
        let path = Service.collection + "/stats"
        let start =
            #"{"items":{"count":0,"source":"counted"},"groups":null,"bytes":{"vectors":0,"sketches":0},"generation":0,"tuning":{"state":"random","filled":0,"started_at":null},"last_tuning":null,"buckets":null,"cache":{"state":"cold","#
        #expect(await service.send("GET", path).text.hasPrefix(start))
        _ = await service.send("POST", Service.collection + "/items", #"{"id":"a","vector":[1,2,3]}"#)
        _ = await service.send("POST", Service.collection + "/search", #"{"query":[1,2,3]}"#)
        let answer = await service.send("GET", path)
        #expect(answer.status == 200)
        #expect(answer.text.hasPrefix(#"{"items":{"count":1,"source":"counted"},"#))
        #expect(
            answer.text.contains(
                #""buckets":{"bits":8,"empty":255,"largest":1,"sizes":[{"rows":1,"buckets":1}]}"#))
    }

    @Test func aMissingCollectionHasNoStatistics() async throws {
        let service = try await Service.withCollection()
        #expect(await service.send("GET", "/projects/p/collections/none/stats").status == 404)
    }

    @Test(arguments: [
        ("tune", #"{"cursor":"x"}"#, "cursor"), ("verify", #"{"cursor":"x"}"#, "cursor"),
        ("verify", #"{"cursor":3}"#, "cursor"), ("verify", #"{"limit":3}"#, "limit"),
    ])
    func refusesWhatItDoesNotKnow(operation: String, body: String, field: String) async throws {
        let service = try await Service.withCollection()
        let answer = await service.send("POST", "\(Service.collection)/\(operation)", body)
        #expect(answer.status == 400)
        #expect(answer.field == field)
    }

    @Test(arguments: ["tune", "verify"])
    func collectionsWithGroupsAreRefused(operation: String) async throws {
        let service = try await Service.withCollection(#""n_features":3,"grouping":true"#)
        let answer = await service.send("POST", "\(Service.collection)/\(operation)")
        #expect(answer.status == 400)
        #expect(answer.code == "invalid")
    }

    @Test(arguments: ["tune", "verify"]) func aMissingCollectionIsNotFound(operation: String) async throws {
        let service = try await Service.withCollection()
        let answer = await service.send("POST", "/projects/p/collections/none/\(operation)")
        #expect(answer.status == 404)
    }
}
