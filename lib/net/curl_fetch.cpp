// Fetch over libcurl: a thread that asks waits.
#include "net/curl_fetch.h"

#include "base/encoding.h"
#include "net/curl_transfer.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ds {
namespace {

// What is made room for on a reply's word alone.
constexpr std::uint64_t k_room_max = std::uint64_t{8} * 1024 * 1024;

class Collector final : public BodyTaker {
public:
    std::string body;
    bool too_large = false;

    Flow on_head(FetchReply const& head) override {
        auto const length = parse_decimal(head.headers.get("Content-Length").value_or(""));
        body.reserve(
            static_cast<std::size_t>(std::min<std::uint64_t>(length.value_or(0), k_room_max)));
        return Flow::more;
    }
    Flow on_bytes(std::string_view bytes) override {
        too_large = bytes.size() > CurlFetch::k_reply_bytes_max - body.size();
        if (too_large) return Flow::stop;
        body.append(bytes);
        return Flow::more;
    }
};

} // namespace

struct CurlFetch::Handle {
    CURL* curl = curl_easy_init();

    Handle() = default;
    ~Handle() { curl_easy_cleanup(curl); }
    Handle(Handle const&) = delete;
    Handle& operator=(Handle const&) = delete;
};

CurlFetch::CurlFetch(std::string authorities) : authorities_(std::move(authorities)) {
    start_libcurl();
}

CurlFetch::~CurlFetch() = default;

std::unique_ptr<CurlFetch::Handle> CurlFetch::borrow() {
    {
        auto idle = idle_.lock();
        if (!idle->empty()) {
            auto handle = std::move(idle->back());
            idle->pop_back();
            return handle;
        }
    }
    return std::make_unique<Handle>();
}

void CurlFetch::give_back(std::unique_ptr<Handle> handle) {
    idle_.lock()->push_back(std::move(handle));
}

Result<FetchReply> CurlFetch::fetch_into(FetchRequest const& request, BodyTaker& taker) {
    TRY(CurlTransfer::check(request));
    auto handle = borrow();
    auto* curl = handle->curl;
    if (curl == nullptr) return Error{Fault::io, "out of memory"};
    std::optional<CurlTransfer> transfer(std::in_place, curl, request, taker, authorities_);
    auto reply = transfer->end(curl_easy_perform(curl));
    transfer.reset();
    // Forgets the options of this request and keeps its connection.
    curl_easy_reset(curl);
    give_back(std::move(handle));
    return reply;
}

Result<FetchReply> CurlFetch::fetch(FetchRequest const& request) {
    Collector collector;
    auto reply = TRY(fetch_into(request, collector));
    if (collector.too_large) return Error{Fault::io, "the reply is too large"};
    reply.body = std::move(collector.body);
    return reply;
}

} // namespace ds
