extension Router {
    /// Every route of the API, in the order of its description.
    public static let routes: [Route] = {
        let project = "/projects/{projectId}"
        let collection = project + "/collections/{collectionId}"
        return [
            Route("GET", "/health", "getHealth", .read, GetHealth.self),
            Route("GET", "/metrics", "getMetrics", .read, GetMetrics.self),

            Route("GET", "/projects", "listProjects", .read, ListProjects.self),
            Route("POST", "/projects", "createProject", .admin, CreateProject.self),
            Route("GET", project, "getProject", .read, GetProject.self),
            Route("DELETE", project, "deleteProject", .admin, DeleteProject.self),

            Route("GET", project + "/collections", "listCollections", .read, ListCollections.self),
            Route("POST", project + "/collections", "createCollection", .admin, CreateCollection.self),
            Route("GET", collection, "getCollection", .read, GetCollection.self),
            Route("PATCH", collection, "updateCollection", .admin, UpdateCollection.self),
            Route("DELETE", collection, "deleteCollection", .admin, DeleteCollection.self),
            Route("POST", collection + "/rename", "renameCollection", .admin, RenameCollection.self),
            Route("POST", collection + "/clone", "cloneCollection", .admin, CloneCollection.self),

            Route("GET", project + "/aliases", "listAliases", .read, ListAliases.self),
            Route("PUT", project + "/aliases/{aliasId}", "setAlias", .admin, SetAlias.self),
            Route("DELETE", project + "/aliases/{aliasId}", "deleteAlias", .admin, DeleteAlias.self),

            Route("POST", collection + "/items", "createItem", .write, CreateItem.self),
            Route("GET", collection + "/items", "listItems", .read, ListItems.self),
            Route("POST", collection + "/items/batch", "createItems", .write, CreateItems.self),
            Route("POST", collection + "/items/batch/get", "getItems", .read, GetItems.self),
            Route("POST", collection + "/items/select", "selectItems", .read, SelectItems.self),
            Route("POST", collection + "/items/count", "countItems", .read, CountItems.self),
            Route("POST", collection + "/items/batch/delete", "deleteItems", .write, DeleteItems.self),
            Route("GET", collection + "/items/{itemId}", "getItem", .read, GetItem.self),
            Route("PUT", collection + "/items/{itemId}", "replaceItem", .write, ReplaceItem.self),
            Route("PATCH", collection + "/items/{itemId}", "updateItem", .write, UpdateItem.self),
            Route("DELETE", collection + "/items/{itemId}", "deleteItem", .write, DeleteItem.self),

            Route("GET", collection + "/groups", "listGroups", .read, ListGroups.self),
            Route("DELETE", collection + "/groups/{groupId}", "deleteGroup", .write, DeleteGroup.self),

            Route("POST", collection + "/search", "searchItems", .read, SearchItems.self),
            Route("GET", collection + "/search", "searchItemsByGet", .read, SearchItemsByGet.self),
            Route("POST", collection + "/search/page", "searchPage", .read, SearchPage.self),
            Route("POST", collection + "/search/batch", "searchBatch", .read, SearchBatch.self),

            Route("POST", collection + "/tune", "tuneCollection", .admin, TuneCollection.self),
            Route("POST", collection + "/verify", "verifyCollection", .admin, VerifyCollection.self),
            Route("GET", collection + "/stats", "getStatistics", .read, GetStatistics.self),
        ]
    }()
}
