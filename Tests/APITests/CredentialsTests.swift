import API
import Testing

@Suite struct CredentialsTests {
    private func status(_ key: String?, configured: String? = Service.key, path: String = "/projects") async
        -> Answer
    {
        await Service(apiKey: configured).send("GET", path, credential: .presented(key))
    }

    @Test func theConfiguredKeyPasses() async { #expect(await status(Service.key).status == 200) }

    @Test(arguments: [nil, ""]) func aMissingKeyIsUnauthorized(key: String?) async {
        let answer = await status(key)
        #expect(answer.status == 401)
        #expect(answer.code == "unauthorized")
    }

    @Test(arguments: ["x", "the-ke", "the-key ", "the-keythe-key", "THE-KEY", "the-kex", "\u{0}"])
    func aWrongKeyIsForbidden(key: String) async {
        let answer = await status(key)
        #expect(answer.status == 403)
        #expect(answer.code == "forbidden")
        #expect(!answer.text.contains("the-key"))
    }

    @Test(arguments: [nil, ""]) func withoutAConfiguredKeyEverythingIsRefused(configured: String?) async {
        for key in [nil, "", "x"] {
            let answer = await status(key, configured: configured)
            #expect(answer.status == 403)
            #expect(answer.code == "forbidden")
        }
    }

    @Test func whatTheGatewayCheckedPasses() async {
        for key in [nil, Service.key] {
            let answer = await Service(apiKey: key).send(
                "GET", "/projects", credential: .checkedByGateway(keyID: "k"))
            #expect(answer.status == 200)
        }
    }

    @Test func healthNeedsNoKey() async {
        #expect(await status(nil, path: "/health").status == 200)
        #expect(await status("wrong", configured: nil, path: "/health").status == 200)
    }

    @Test("Without a key nobody learns which paths there are")
    func theKeyComesFirst() async {
        for path in ["/nothing", "/projects/p", "/%", "/"] {
            #expect(await status(nil, path: path).status == 401)
        }
        #expect(await Service().send("PUT", "/health", credential: .presented(nil)).status == 401)
    }
}
