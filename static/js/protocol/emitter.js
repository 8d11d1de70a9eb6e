// @ts-check
/**
 * Events for the protocol library: typed, synchronous, and a listener that throws stops nobody else.
 */

/** @template {Record<string, any[]>} E  event name to the arguments of its listeners */
export class Emitter {
    /** @type {Map<keyof E, Set<(...args: any[]) => void>>} */
    #listeners = new Map();

    /**
     * Call a function at each event of one kind.
     *
     * @template {keyof E} K
     * @param {K} type
     * @param {(...args: E[K]) => void} listener
     * @returns {() => void} call it to end the listening
     */
    on(type, listener) {
        let set = this.#listeners.get(type);
        if (!set) {
            set = new Set();
            this.#listeners.set(type, set);
        }
        set.add(listener);
        return () => set.delete(listener);
    }

    /**
     * Tell the listeners.
     *
     * @template {keyof E} K
     * @param {K} type
     * @param {E[K]} args
     */
    emit(type, ...args) {
        for (const listener of [...(this.#listeners.get(type) ?? [])]) {
            try {
                listener(...args);
            } catch (e) {
                console.error(`listener of ${String(type)} failed:`, e);
            }
        }
    }
}
