import Testing

@Suite struct CollectionTests {
    private func create(_ body: String, on service: Service = Service()) async -> Answer {
        await service.send("POST", "/projects/p/collections", body)
    }

    private func collection(
        _ name: String = "c", features: Int = 3, planes: Int = 6, start: Int = 8, factor: String = "2.0",
        metric: String = "cosine", grouping: Bool = false, type: String = "float32",
        textIndex: Bool = false, filterable: String = "[]"
    ) -> String {
        """
        {"id":"p_dev_\(name)","name":"\(name)","region":"local","stage":"dev","project_name":"p",\
        "n_features":\(features),"n_planes":\(planes),"bit_start":\(start),"bit_scale_factor":\(factor),\
        "metric":"\(metric)","grouping":\(grouping),"vector_type":"\(type)",\
        "text_index":\(textIndex),"filterable":\(filterable),"created_at":1800000000000}
        """
    }

    @Test(arguments: [
        #"{"name":"c","n_features":3}"#, #"{"collection_name":"c","n_features":3}"#,
        #"{"collection_name":"c","name":"c","n_features":3.0}"#,
        #"{"name":"c","n_features":3,"n_planes":null,"metric":null}"#,
        #"{"name":"c","n_features":3,"grouping":false,"vector_type":"float32"}"#,
    ])
    func creatingFillsInDefaults(body: String) async {
        let service = Service()
        let made = await create(body, on: service)
        #expect(made.status == 200)
        #expect(made.text == collection())
        #expect(await service.send("GET", Service.collection).text == made.text)
    }

    @Test func creatingTakesEveryParameter() async {
        let body =
            #"{"name":"c","n_features":384,"n_planes":3,"bit_start":4,"bit_scale_factor":1.5,"metric":"euclidean"}"#
        let made = await create(body)
        #expect(
            made.text == collection(features: 384, planes: 3, start: 4, factor: "1.5", metric: "euclidean"))
    }

    @Test func creatingTakesGroupsAndHalfPrecision() async {
        let made = await create(
            #"{"name":"c","n_features":3,"grouping":true,"vector_type":"float16"}"#)
        #expect(made.text == collection(grouping: true, type: "float16"))
    }

    @Test func creatingTakesATextIndexWithoutGroups() async {
        let made = await create(#"{"name":"c","n_features":3,"text_index":true}"#)
        #expect(made.text == collection(textIndex: true))
        let refused = await create(#"{"name":"c","n_features":3,"text_index":true,"grouping":true}"#)
        #expect(refused.status == 400 && refused.field == "text_index")
    }

    @Test(arguments: [#"["lang","author.born"]"#, "[]", "null"])
    func creatingTakesFilterableKeys(keys: String) async {
        let service = Service()
        let made = await create(#"{"name":"c","n_features":3,"filterable":\#(keys)}"#, on: service)
        #expect(made.text == collection(filterable: keys == "null" ? "[]" : keys))
        #expect(await service.send("GET", Service.collection).text == made.text)
    }

    @Test func listingIsAnArray() async throws {
        let service = try await Service.withCollection()
        _ = await create(#"{"name":"b","n_features":2}"#, on: service)
        let listed = await service.send("GET", "/projects/p/collections")
        #expect(listed.text == "[\(collection("b", features: 2)),\(collection())]")
    }

    @Test func listingAnEmptyProjectIsAnEmptyArray() async {
        let service = Service()
        _ = await service.send("POST", "/projects", #"{"name":"p"}"#)
        #expect(await service.send("GET", "/projects/p/collections").text == "[]")
    }

    @Test func creatingTwiceIsAConflict() async throws {
        let service = try await Service.withCollection()
        let again = await create(#"{"name":"c","n_features":3}"#, on: service)
        #expect(again.status == 409)
        #expect(again.code == "already_exists")
        #expect(again.message == "There is a collection 'c' already.")
    }

    @Test func deletingRemovesItAndItsItems() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("PUT", Service.collection + "/items/a", #"{"vector":[1,2,3]}"#)
        #expect(await service.send("DELETE", Service.collection).text == #"{"message":"success"}"#)
        for (method, rest) in [("GET", ""), ("DELETE", ""), ("GET", "/items"), ("GET", "/items/a")] {
            let answer = await service.send(method, Service.collection + rest)
            #expect(answer.status == 404)
            #expect(answer.message == "There is no collection 'c'.")
        }
        _ = await create(#"{"name":"c","n_features":3}"#, on: service)
        #expect(
            await service.send("GET", Service.collection + "/items").text == #"{"items":[],"cursor":null}"#)
    }

    @Test(arguments: [
        (#"{"n_features":3}"#, "name"), (#"{"name":"c"}"#, "n_features"),
        (#"{"name":"c","n_features":null}"#, "n_features"),
        (#"{"name":"c","n_features":"3"}"#, "n_features"), (#"{"name":"c","n_features":2.5}"#, "n_features"),
        (#"{"name":"c","n_features":0}"#, "n_features"), (#"{"name":"c","n_features":4097}"#, "n_features"),
        (#"{"name":"c","n_features":99999999999999999999}"#, "n_features"),
        (#"{"name":"c","n_features":3,"n_planes":0}"#, "n_planes"),
        (#"{"name":"c","n_features":3,"bit_start":31}"#, "bit_start"),
        (#"{"name":"c","n_features":3,"bit_scale_factor":-1}"#, "bit_scale_factor"),
        (#"{"name":"c","n_features":3,"metric":"manhattan"}"#, "metric"),
        (#"{"name":"c","n_features":3,"metric":1}"#, "metric"),
        (#"{"name":"c","n_features":3,"grouping":"yes"}"#, "grouping"),
        (#"{"name":"c","n_features":3,"vector_type":"float64"}"#, "vector_type"),
        (#"{"name":"c","n_features":3,"filterable":"lang"}"#, "filterable"),
        (#"{"name":"c","n_features":3,"filterable":[1]}"#, "filterable[0]"),
        (#"{"name":"c","n_features":3,"filterable":["$in"]}"#, "filterable"),
        (#"{"name":"c","n_features":3,"filterable":["a","a"]}"#, "filterable"),
        (#"{"name":"c","n_features":3,"filterable":["a","b","c","d","e","f","g","h","i"]}"#, "filterable"),
        (#"{"name":"c","collection_name":"d","n_features":3}"#, "collection_name"),
        (#"{"name":"c d","n_features":3}"#, "name"), (#"{"name":"c","n_feature":3}"#, "n_feature"),
    ])
    func namesTheFieldAtFault(body: String, field: String) async {
        let service = Service()
        let answer = await create(body, on: service)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid")
        #expect(answer.field == field)
        #expect(await service.send("GET", "/projects").text == #"{"projects":{}}"#)
    }

}
