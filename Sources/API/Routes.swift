extension Router {
    /// Every route of the API, in the order of its description.
    public static let routes: [Route] = {
        let project = "/projects/{projectId}"
        let collection = project + "/collections/{collectionId}"
        return [
            Route("GET", "/health", "getHealth", GetHealth.self),

            Route("GET", "/projects", "listProjects", ListProjects.self),
            Route("POST", "/projects", "createProject", CreateProject.self),
            Route("GET", project, "getProject", GetProject.self),
            Route("DELETE", project, "deleteProject", DeleteProject.self),

            Route("GET", project + "/collections", "listCollections", ListCollections.self),
            Route("POST", project + "/collections", "createCollection", CreateCollection.self),
            Route("GET", collection, "getCollection", GetCollection.self),
            Route("DELETE", collection, "deleteCollection", DeleteCollection.self),

            Route("POST", collection + "/items", "createItem", CreateItem.self),
            Route("GET", collection + "/items", "listItems", ListItems.self),
            Route("POST", collection + "/items/batch", "createItems", CreateItems.self),
            Route("POST", collection + "/items/batch/get", "getItems", GetItems.self),
            Route("POST", collection + "/items/batch/delete", "deleteItems", DeleteItems.self),
            Route("GET", collection + "/items/{itemId}", "getItem", GetItem.self),
            Route("PUT", collection + "/items/{itemId}", "replaceItem", ReplaceItem.self),
            Route("PATCH", collection + "/items/{itemId}", "updateItem", UpdateItem.self),
            Route("DELETE", collection + "/items/{itemId}", "deleteItem", DeleteItem.self),

            Route("GET", collection + "/groups", "listGroups", ListGroups.self),
            Route("DELETE", collection + "/groups/{groupId}", "deleteGroup", DeleteGroup.self),

            Route("POST", collection + "/search", "searchItems", SearchItems.self),
            Route("GET", collection + "/search", "searchItemsByGet", SearchItemsByGet.self),

            Route("POST", collection + "/tune", "tuneCollection", TuneCollection.self),
            Route("POST", collection + "/verify", "verifyCollection", VerifyCollection.self),
            Route("GET", collection + "/stats", "getStatistics", GetStatistics.self),
        ]
    }()
}
