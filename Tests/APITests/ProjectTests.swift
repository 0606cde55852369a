import Testing

@Suite struct ProjectTests {
    private let collection =
        #"{"id":"p_dev_c","name":"c","region":"local","stage":"dev","project_name":"p","n_features":3,"n_planes":6,"bit_start":8,"bit_scale_factor":2.0,"metric":"cosine","grouping":false,"vector_type":"float32","text_index":false,"filterable":[],"created_at":1800000000000}"#

    @Test(arguments: [
        #"{"name":"p"}"#, #"{"project_name":"p"}"#, #"{"name":"p","project_name":"p"}"#,
        #" {"name" : "p", "project_name":null} "#,
    ])
    func creatingTakesEitherName(body: String) async {
        let service = Service()
        let made = await service.send("POST", "/projects", body)
        #expect(made.status == 200)
        #expect(made.text == #"{"project_name":"p","collections":[]}"#)
        #expect(await service.send("GET", "/projects/p").text == made.text)
    }

    @Test func creatingTwiceIsAConflict() async {
        let service = Service()
        _ = await service.send("POST", "/projects", #"{"name":"p"}"#)
        let again = await service.send("POST", "/projects", #"{"name":"p"}"#)
        #expect(again.status == 409)
        #expect(again.code == "already_exists")
    }

    @Test func listingNamesProjectsWithTheirCollections() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("POST", "/projects", #"{"name":"a"}"#)
        let listed = await service.send("GET", "/projects")
        let empty = #"{"project_name":"a","collections":[]}"#
        let full = "{\"project_name\":\"p\",\"collections\":[\(collection)]}"
        #expect(listed.text == "{\"projects\":{\"a\":\(empty),\"p\":\(full)}}")
        #expect(await service.send("GET", "/projects/p").text == full)
        #expect(await service.send("GET", "/projects/a").text == empty)
    }

    @Test func listingNothingGivesNoProjects() async {
        #expect(await Service().send("GET", "/projects").text == #"{"projects":{}}"#)
    }

    @Test func deletingTakesTheCollectionsWithIt() async throws {
        let service = try await Service.withCollection()
        let deleted = await service.send("DELETE", "/projects/p")
        #expect(deleted.status == 200)
        #expect(deleted.text == #"{"message":"success"}"#)
        #expect(await service.send("GET", Service.collection).status == 404)
        #expect(await service.send("GET", "/projects/p").status == 404)
        #expect(await service.send("DELETE", "/projects/p").status == 404)
    }

    @Test(arguments: [("GET", ""), ("DELETE", ""), ("GET", "/collections"), ("GET", "/collections/c")])
    func unknownProjectsAreNotFound(method: String, rest: String) async {
        let answer = await Service().send(method, "/projects/p" + rest)
        #expect(answer.status == 404)
        #expect(answer.code == "not_found")
        #expect(answer.message == "There is no project 'p'.")
    }

    @Test(
        "Names that tables cannot have are refused, in bodies and in paths",
        arguments: ["", "a b", "ä", "a/b", "a\\u0000", "\(String(repeating: "a", count: 65))"])
    func refusesNames(name: String) async {
        let answer = await Service().send("POST", "/projects", "{\"name\":\"\(name)\"}")
        #expect(answer.status == 400)
        #expect(answer.field == "name")
    }

    @Test func refusesNamesInPaths() async {
        for path in [
            "/projects/a%20b", "/projects/%C3%A4", "/projects/\(String(repeating: "a", count: 5000))",
        ] {
            let answer = await Service().send("GET", path)
            #expect(answer.status == 400)
            #expect(answer.field == "projectId")
        }
    }

    @Test(
        arguments: [
            (#"{}"#, "name"), (#"{"name":1}"#, "name"), (#"{"name":null}"#, "name"),
            (#"{"project_name":[]}"#, "project_name"),
            (#"{"name":"a","project_name":"b"}"#, "project_name"), (#"{"name":"a","name":"a"}"#, "name"),
            (#"{"nmae":"a"}"#, "nmae"),
        ])
    func namesTheFieldAtFault(body: String, field: String) async {
        let answer = await Service().send("POST", "/projects", body)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid")
        #expect(answer.field == field)
    }
}
