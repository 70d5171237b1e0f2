// The part of the tables that is about estuaries.
#include "http/openapi_tables.h"

namespace ds::http::openapi {

namespace {

std::vector<Operation> of_sources(std::vector<int> const& asking) {
    auto writing = asking;
    writing.insert(writing.end(), {409, 410, 415, 507});
    Names const published{"Stream-Next-Offset",     "Stream-Closed",
                          "Producer-Epoch",         "Producer-Seq",
                          "Stream-Fanout-Count",    "Stream-Fanout-Successes",
                          "Stream-Fanout-Failures", "Stream-Fanout-Mode"};
    constexpr char const* k_subscribe = "/v1/estuary/subscribe/{project}/{stream}";
    return {
        {k_subscribe,
         "post",
         "subscribeEstuary",
         "Copy what is appended to a stream into an estuary, from now on",
         {},
         {"Content-Type"},
         k_json,
         {{200, "Subscribed, and the estuary was made unless it was there", {}, k_json}},
         writing},
        {k_subscribe,
         "delete",
         "unsubscribeEstuary",
         "Copy no more; what was appended before has been copied when this is answered",
         {},
         {"Content-Type"},
         k_json,
         {{200, "It is not subscribed, whether or not it was", {}, k_json}},
         writing},
        {"/v1/estuary/publish/{project}/{stream}",
         "post",
         "publish",
         "Append to a stream, and be told of the copies",
         {},
         {"Content-Type", "Stream-Closed", "Stream-Seq", "Stream-Framing", "Producer-Id",
          "Producer-Epoch", "Producer-Seq"},
         "*/*",
         {{200, "New data of a producer", published}, {204, "Appended, or a duplicate", published}},
         writing}};
}

std::vector<Operation> of_themselves(std::vector<int> const& asking) {
    auto changing = asking;
    changing.insert(changing.end(), {409, 415, 507});
    constexpr char const* k_estuary = "/v1/estuary/{project}/{estuary}";
    return {{"/v1/estuary/{project}",
             "get",
             "listEstuaries",
             "The estuaries of a project by their ids, a thousand at most",
             {"after"},
             {},
             nullptr,
             {{200, "Some of them; with more, go on after the last one", {}, k_json}},
             changing},
            {k_estuary,
             "get",
             "lookAtEstuary",
             "What an estuary subscribes to, how far its reader has come, and where copies may be "
             "missing",
             {},
             {},
             nullptr,
             {{200, "Its subscriptions, in the order in which they were made", {}, k_json}},
             changing},
            {k_estuary,
             "post",
             "touchEstuary",
             "Let an estuary live on",
             {},
             {},
             nullptr,
             {{200, "Until when it lives", {}, k_json}},
             changing},
            {k_estuary,
             "delete",
             "removeEstuary",
             "Delete an estuary, with its subscriptions",
             {},
             {},
             nullptr,
             {{200, "It is gone, whether or not it was there", {}, k_json}},
             changing},
            {"/v1/estuary/{project}/{estuary}/ack",
             "post",
             "acknowledgeEstuary",
             "Keep how far the reader of an estuary has come with its sources; never backwards",
             {},
             {"Content-Type"},
             k_json,
             {{200, "The subscriptions as they are now", {}, k_json}},
             changing}};
}

} // namespace

std::vector<Operation> estuary_operations() {
    std::vector<int> const asking{400, 401, 403, 404, 405, 408, 413, 417, 429, 431, 503};
    auto all = of_sources(asking);
    auto const more = of_themselves(asking);
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

} // namespace ds::http::openapi
