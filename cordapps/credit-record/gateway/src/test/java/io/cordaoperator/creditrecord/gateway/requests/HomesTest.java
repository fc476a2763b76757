package io.cordaoperator.creditrecord.gateway.requests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HomesTest {
    private static final List<String> NODES = List.of("one", "two", "three");

    @Test
    void allReplicasFindTheSameHomeInWhateverOrderTheyKnowTheNodes() {
        keys().forEach(key ->
            assertThat(Homes.of(key, NODES)).isEqualTo(Homes.of(key, List.of("three", "one", "two"))));
    }

    @Test
    void everyNodeIsHomeToItsShareOfKeys() {
        var shares = keys().stream().collect(Collectors.groupingBy(key -> Homes.of(key, NODES), Collectors.counting()));
        assertThat(shares).hasSize(3);
        assertThat(shares.values()).allMatch(share -> share > 200);
    }

    @Test
    void aNodeThatJoinsTakesKeysFromOthersAndMovesNoneBetweenThem() {
        List<String> more = List.of("one", "two", "three", "four");
        keys().forEach(key -> assertThat(Homes.of(key, more)).isIn("four", Homes.of(key, NODES)));
    }

    @Test
    void aNewKeyHasTheHomeThatItWasMadeFor() {
        NODES.forEach(node -> assertThat(Homes.of(Homes.newKey(node, NODES), NODES)).isEqualTo(node));
    }

    @Test
    void aNodeThatTheMapDoesNotListStillGetsAKey() {
        assertThat(Homes.newKey("four", NODES)).isNotBlank();
        assertThat(Homes.newKey("four", Set.of())).isNotBlank();
    }

    private static List<String> keys() {
        return IntStream.range(0, 900).mapToObj(number -> "key-" + number).toList();
    }
}
