// Fills in what rows say of options.
#include "cli/option_spec.h"

namespace ds {

Takes& Takes::required() {
    is_required = true;
    return *this;
}

Takes& Takes::excludes(std::string name) {
    excluded.push_back(std::move(name));
    return *this;
}

Takes& Takes::needs(std::string name) {
    needed.push_back(std::move(name));
    return *this;
}

Takes& Takes::check(Wrong what_is_wrong) {
    wrong = std::move(what_is_wrong);
    return *this;
}

Takes takes(std::string word) {
    return Takes(std::move(word));
}

Takes takes_one_of(std::string words) {
    Takes one(std::move(words));
    one.only_choices = true;
    return one;
}

Takes takes_number(double least, double most, std::string word) {
    Takes one(std::move(word));
    one.range.emplace(least, most);
    return one;
}

Takes takes_measure(Measure measure) {
    Takes one{std::string(word_of(measure))};
    one.measure = measure;
    return one;
}

Takes takes_measure(Measure measure, double least, double most) {
    auto one = takes_measure(measure);
    one.range.emplace(least, most);
    return one;
}

Takes takes_media_type() {
    Takes one("TYPE");
    one.is_media_type = true;
    return one;
}

Takes takes_list(std::string word) {
    Takes one(std::move(word));
    one.separator = ',';
    return one;
}

Takes takes_secret(std::string word) {
    Takes one(std::move(word));
    one.is_secret = true;
    return one;
}

} // namespace ds
