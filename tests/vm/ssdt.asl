// What a laptop has and QEMU lacks: a battery, its charger and a thermal sensor.
DefinitionBlock ("", "SSDT", 2, "HOMEWD", "LAPTOP", 1)
{
    Scope (\_SB)
    {
        Device (ADP0)
        {
            Name (_HID, "ACPI0003")
            Method (_PSR) { Return (0) }
        }
        Device (BAT0)
        {
            Name (_HID, EisaId ("PNP0C0A"))
            Name (_UID, 1)
            Method (_STA) { Return (0x1F) }
            Name (_BIF, Package ()
            {
                1, 5000, 4200, 1, 11400, 500, 200, 10, 10, "HWBAT", "0001", "LION", "HW"
            })
            Name (_BST, Package () { 1, 1500, 2600, 11100 })
        }
    }
    Scope (\)
    {
        ThermalZone (TZ00)
        {
            Method (_TMP) { Return (3232) }
            Method (_CRT) { Return (3732) }
            Name (_TZP, 100)
        }
    }
}
