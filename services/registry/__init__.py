"""Registry: who the people, parcels and firms are, and which consortia they form.

Owns: anchor firms (empresas tractoras), producers with their parcels, titles and PPA enrolments,
the imports of the padrón, consortia and the supply contract of each member.
Publishes: anchor_firm.registered, producer.registered, consortium.formed, member.added,
member.withdrawn and padron.imported on `fund.registry.v1`.
Listens to: nothing.
Never does: judge. A producer in two consortia, a firm in BAJA or a member without parcels is
stored as it is; the policy finds it in the facts.
"""
